/**
 * Looks at a path without opening it. Opening a FIFO would wait for a writer, and signals are not
 * handled while it waits.
 *
 * @module
 */

/** `dangling`: a link to nothing; `other`: a FIFO, a socket or a device. */
export type FileKind = "absent" | "file" | "folder" | "dangling" | "other";

/** What a path is. Links are followed. */
export function kindOf(path: string): FileKind {
  const there = lookAt(path, Deno.lstatSync);
  if (there === undefined) return "absent";
  const target = there.isSymlink ? lookAt(path, Deno.statSync) : there;
  if (target === undefined) return "dangling";
  return target.isFile ? "file" : target.isDirectory ? "folder" : "other";
}

/**
 * Checks that a path can be opened and read to its end.
 *
 * @throws {Deno.errors.NotFound} if it does not exist
 * @throws {Error} if it is not a plain file
 */
export function checkPlainFile(path: string): void {
  const kind = kindOf(path);
  if (kind === "absent") throw new Deno.errors.NotFound(path);
  if (kind === "dangling") throw new Error("it is a link to a file that does not exist");
  if (kind !== "file") throw new Error("it is not a plain file");
}

/**
 * Checks that opening a path does not wait. A missing path is accepted. What the caller has opened
 * for us has a writer and is accepted too: `/dev/stdin`, and the shell's `<(...)` in `/dev/fd`.
 *
 * @throws {Error} if it is not a plain file
 */
export function checkOpenable(path: string): void {
  if (OPENED.test(path)) return;
  const kind = kindOf(path);
  if (kind === "other") throw new Error("it is not a plain file");
}

/**
 * Checks that a new file can replace what is at a path.
 *
 * @throws {Error} if something else than a plain file is there
 */
export function checkReplaceable(path: string): void {
  const kind = kindOf(path);
  if (kind === "folder" || kind === "other") throw new Error("what is there is not a plain file");
}

/** Files that are open already, and the file that is always empty. */
const OPENED = /^\/(dev\/(stdin|null|fd\/\d+)|proc\/self\/fd\/\d+)$/;

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
