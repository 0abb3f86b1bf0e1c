import { ConfigurationError, reasonOf, UnavailableError } from "../../lib/errors.ts";
import { tryLock } from "../../lib/files/file_lock.ts";
import { stoppingPoint } from "../../lib/stopping_point.ts";

/** At this size a log file is renamed to `FILE.1`, and a new file begins. */
const MAX_BYTES = 10 * 2 ** 20;

/** Errors of the system for a full disk. */
const FULL = ["ENOSPC", "EDQUOT"];

/**
 * A log file. It and the file before it have 20 MiB together at most.
 *
 * Several processes may append to one file. No line is lost when one of them begins a new file: each
 * process checks before it appends which file has the name. A special file such as `/dev/null` is
 * not renamed.
 */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Undefined while its disk is full. */
  #file: Deno.FsFile | undefined;

  /**
   * @param path path of the file; it is made when it does not exist, or later if its disk is full now
   * @throws {ConfigurationError} when it is a pipe
   * @throws {UnavailableError} when it cannot be opened
   */
  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    if (isPipe(path)) {
      throw new ConfigurationError(
        `--log-file ${path}: this is a pipe; give a file`,
      );
    }
    try {
      this.#file = open(path);
    } catch (error) {
      if (FULL.includes((error as { code?: string }).code ?? "")) return;
      const reason = error instanceof Deno.errors.NotFound
        ? "the folder does not exist"
        : reasonOf(error);
      throw new UnavailableError(`--log-file ${path}: ${reason}`);
    }
  }

  /** Appends text. Throws the system's error. One call at a time. */
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
   * Begins a new file. Only the process that has locked the present file may rename it. A process
   * without the lock appends, and tries again with the next line.
   */
  async #rotate(full: Deno.FsFile): Promise<Deno.FsFile> {
    if (!tryLock(full, "exclusive")) return full;
    try {
      if (await this.#hasName(full)) await Deno.rename(this.#path, `${this.#path}.1`);
      stoppingPoint("log.renamed");
      return await this.#follow();
    } finally {
      // Closing unlocks it too.
      if (this.#file === full) await full.unlock();
    }
  }
}

/** Checked first: opening a pipe without a reader would block. */
function isPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo ?? false;
  } catch {
    return false; // Opening it gives the error.
  }
}

function open(path: string): Deno.FsFile {
  return Deno.openSync(path, { create: true, append: true });
}
