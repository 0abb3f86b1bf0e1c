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
