import { reasonOf, UnavailableError } from "../lib/errors.ts";
import { checkOpenable } from "../lib/file_kind.ts";

/** At this size a log file becomes `FILE.1`, and a new one begins. */
const MAX_BYTES = 10 * 2 ** 20;

/** A file that lines are appended to; it and the one before it have 20 MiB together at most. */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #file: Deno.FsFile;
  #bytes: number;

  /**
   * @param path of the file; it is made when it does not exist
   * @throws {UnavailableError} when it cannot be written
   */
  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    try {
      this.#file = open(path);
      this.#bytes = this.#file.statSync().size;
    } catch (error) {
      throw new UnavailableError(`--log-file ${path}: ${reasonOf(error)}`);
    }
  }

  /** Appends text as it is; throws what the system says when that fails. */
  append(text: Uint8Array): void {
    if (this.#bytes > 0 && this.#bytes + text.length > this.#maxBytes) this.#rotate();
    for (let done = 0; done < text.length;) done += this.#file.writeSync(text.subarray(done));
    this.#bytes += text.length;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #rotate(): void {
    Deno.renameSync(this.#path, `${this.#path}.1`);
    const file = open(this.#path);
    this.#file.close();
    this.#file = file;
    this.#bytes = 0;
  }
}

function open(path: string): Deno.FsFile {
  checkOpenable(path);
  return Deno.openSync(path, { create: true, append: true });
}
