import { ConfigurationError, reasonOf, UnavailableError } from "../../lib/errors.ts";
import { tryLock } from "../../lib/files/file_lock.ts";

/** At this size a log file becomes `FILE.1`, and a new one begins. */
const MAX_BYTES = 10 * 2 ** 20;

/** What the system says of a disk without room. */
const FULL = ["ENOSPC", "EDQUOT"];

/**
 * A file that lines are appended to; it and the one before it have 20 MiB together at most.
 *
 * Several processes may append to one file: none of them loses a line when another one has begun a
 * new file, for each looks which file has the name before it appends. What is no plain file, such as
 * `/dev/null`, stays where it is.
 */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Undefined while its disk has no room for it. */
  #file: Deno.FsFile | undefined;

  /**
   * @param path of the file; it is made when it does not exist, or later when its disk is full now
   * @throws {ConfigurationError} when it is no plain file
   * @throws {UnavailableError} when it cannot be opened
   */
  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    if (isPipe(path)) {
      throw new ConfigurationError(
        `--log-file ${path}: it is no plain file, but a pipe; give a file`,
      );
    }
    try {
      this.#file = open(path);
    } catch (error) {
      if (FULL.includes((error as { code?: string }).code ?? "")) return;
      const reason = error instanceof Deno.errors.NotFound
        ? "there is no such folder"
        : reasonOf(error);
      throw new UnavailableError(`--log-file ${path}: ${reason}`);
    }
  }

  /** Appends text as it is; throws what the system says when that fails. One call at a time. */
  async append(text: Uint8Array<ArrayBuffer>): Promise<void> {
    let file = await this.#follow();
    const { isFile, size } = await file.stat();
    if (isFile && size > 0 && size + text.length > this.#maxBytes) file = await this.#rotate(file);
    for (let done = 0; done < text.length;) done += await file.write(text.subarray(done));
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** The file that has the name: another process may have begun a new one. */
  async #follow(): Promise<Deno.FsFile> {
    const former = this.#file;
    if (former !== undefined && await this.#hasName(former)) return former;
    const file = open(this.#path);
    former?.close();
    return this.#file = file;
  }

  async #hasName(file: Deno.FsFile): Promise<boolean> {
    try {
      const [named, opened] = await Promise.all([Deno.stat(this.#path), file.stat()]);
      return named.ino === opened.ino && named.dev === opened.dev;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /**
   * Begins a new file. Only who has locked the file that has the name may take the name from it;
   * who does not get the lock appends, and tries again with the next line.
   */
  async #rotate(full: Deno.FsFile): Promise<Deno.FsFile> {
    if (!tryLock(full, "exclusive")) return full;
    try {
      if (await this.#hasName(full)) await Deno.rename(this.#path, `${this.#path}.1`);
      return await this.#follow();
    } finally {
      // To close it unlocks it too.
      if (this.#file === full) await full.unlock();
    }
  }
}

/** A pipe that nobody reads would not even open. */
function isPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo ?? false;
  } catch {
    return false; // To open it says why.
  }
}

function open(path: string): Deno.FsFile {
  return Deno.openSync(path, { create: true, append: true });
}
