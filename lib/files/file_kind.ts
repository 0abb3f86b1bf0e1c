/**
 * What stands under a name, looked at without opening it: to open a FIFO is to wait for whoever
 * writes to it, where no signal is heard.
 *
 * @module
 */

/** `dangling`: a link to nothing; `other`: a FIFO, a socket or a device. */
export type FileKind = "absent" | "file" | "folder" | "dangling" | "other";

/** What a name stands for; links are followed. */
export function kindOf(path: string): FileKind {
  const there = lookAt(path, Deno.lstatSync);
  if (there === undefined) return "absent";
  const target = there.isSymlink ? lookAt(path, Deno.statSync) : there;
  if (target === undefined) return "dangling";
  return target.isFile ? "file" : target.isDirectory ? "folder" : "other";
}

/**
 * Makes sure that a path can be opened and read to an end.
 *
 * @throws {Deno.errors.NotFound} when there is none
 * @throws {Error} when it is no plain file
 */
export function checkPlainFile(path: string): void {
  const kind = kindOf(path);
  if (kind === "absent") throw new Deno.errors.NotFound(path);
  if (kind === "dangling") throw new Error("it is a link to nothing");
  if (kind !== "file") throw new Error("it is no plain file");
}

/**
 * Makes sure that opening a path waits for nobody; whether it is there is left to whoever opens it.
 * What is in `/dev`, such as `/dev/stdin` or what a shell has there for `<(...)`, has its other end.
 *
 * @throws {Error} when it is no plain file
 */
export function checkOpenable(path: string): void {
  if (path.startsWith("/dev/")) return;
  const kind = kindOf(path);
  if (kind === "other") throw new Error("it is no plain file");
}

/**
 * Makes sure that a path can be given to a file that replaces what is there.
 *
 * @throws {Error} when something is there that is no plain file
 */
export function checkReplaceable(path: string): void {
  const kind = kindOf(path);
  if (kind === "folder" || kind === "other") throw new Error("what is there is no plain file");
}

function lookAt(
  path: string,
  look: (path: string) => Deno.FileInfo,
): Deno.FileInfo | undefined {
  try {
    return look(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
