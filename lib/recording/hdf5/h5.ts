/**
 * The boundary to h5wasm, the HDF5 library as WebAssembly; nothing else imports it.
 *
 * It uses the native functions instead of the classes. They report most failures by a negative
 * number, which the classes ignore, and they release what they opened. HDF5's printed error
 * messages are caught and become the reason in an {@linkcode H5Error}.
 *
 * It needs permission to read and write the files, and to read the environment, because it copies
 * the environment at the start.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { loadPart } from "../../load_part.ts";
import type { Native, NativeStream } from "./h5_native.ts";
import type { HeldWrites } from "./held_writes.ts";

/** HDF5 refused something. Callers turn it into an error for users. */
export class H5Error extends Error {
  override name = "H5Error";
}

type Attributes = Record<string, { value: unknown }>;
type DatasetClass = new (file: bigint, path: string) => { attrs: Attributes };

const STDERR = 2;

/** Emscripten's number for an I/O error. */
const EIO = 29;

/** And for memory that is full. */
const ENOMEM = 48;

/**
 * How often HDF5 may read the same block in one call.
 *
 * In a file that is being written, HDF5 reads a block again when its checksum is wrong, because the
 * writer may be changing it. It waits in between, each time twice as long: 0.1 s in all until this
 * limit. Without the limit, a damaged block would keep it busy for 2^100 ns.
 */
const MAX_READS = 26;

let loading: Promise<H5> | undefined;

/**
 * Loads HDF5, once.
 *
 * @throws {OperationError} if it cannot be loaded
 */
export function loadH5(): Promise<H5> {
  loading ??= loadPart("HDF5", async () => {
    const { ready, Dataset } = await import("h5wasm");
    return new H5(await ready as unknown as Native, Dataset as DatasetClass);
  });
  return loading;
}

/** The loaded library. */
export class H5 {
  readonly #native: Native;
  readonly #dataset: DatasetClass;
  #printed = "";
  /** How often each block has been read in this call. */
  readonly #reads = new Map<string, number>();
  /** Whether HDF5's output to the file is discarded. */
  #discards = false;
  /** The held writes of each open file that has some. */
  readonly #held = new WeakMap<NativeStream, HeldWrites>();
  /** Those of the file that is being opened. */
  #opening: HeldWrites | undefined;
  #scratch = { pointer: 0, bytes: 0 };

  constructor(native: Native, dataset: DatasetClass) {
    this.#native = native;
    this.#dataset = dataset;
    const { FS } = native;
    const { open, read, write, ftruncate } = FS;
    FS.open = (...options) => {
      const stream = open(...options);
      if (this.#opening !== undefined) this.#held.set(stream, this.#opening);
      return stream;
    };
    FS.read = (stream, buffer, offset, length, position) => {
      if (this.#isReadTooOften(position, length)) throw new FS.ErrnoError(EIO);
      const count = read(stream, buffer, offset, length, position);
      if (position !== undefined) {
        this.#held.get(stream)?.patch(position, bytesOf(buffer, offset, count));
      }
      return count;
    };
    FS.ftruncate = (fd, length) => {
      if (this.#discards) return;
      if (!this.#held.get(FS.getStreamChecked(fd))?.takeCut(length)) ftruncate(fd, length);
    };
    const decoder = new TextDecoder();
    FS.write = (stream, buffer, offset, length, position) => {
      if (stream.fd === STDERR) {
        this.#printed += decoder.decode(buffer.subarray(offset, offset + length));
        return length;
      }
      if (this.#discards) return length;
      const held = this.#held.get(stream);
      if (held === undefined || position === undefined) {
        return write(stream, buffer, offset, length, position);
      }
      const taken = held.take(position, bytesOf(buffer, offset, length));
      if (taken === undefined) throw new FS.ErrnoError(ENOMEM);
      if (taken === length) return length;
      return taken + write(stream, buffer, offset + taken, length - taken, position + taken);
    };
  }

  /**
   * Calls HDF5. If it fails, throws an {@linkcode H5Error} with HDF5's reason.
   *
   * Some failures show only in what HDF5 prints. For example, rows go to the disk when h5wasm
   * closes the table after writing, and h5wasm does not check the status of that. Otherwise a full
   * disk would not be noticed.
   */
  attempt<Result>(call: (native: Native) => Result): Result {
    this.#printed = "";
    this.#reads.clear();
    let result: Result;
    try {
      result = call(this.#native);
    } catch (error) {
      throw new H5Error(messageOf(error), { cause: error });
    }
    const isNegative = (typeof result === "number" || typeof result === "bigint") && result < 0;
    if (isNegative || this.#printed !== "") throw new H5Error(reasonIn(this.#printed));
    return result;
  }

  /**
   * Opens a file. HDF5's writes to it go through {@linkcode HeldWrites} until it is closed.
   *
   * @throws {H5Error} as {@linkcode attempt}
   */
  attemptOpen(held: HeldWrites | undefined, open: (native: Native) => bigint): bigint {
    this.#opening = held;
    try {
      return this.attempt(open);
    } finally {
      this.#opening = undefined;
    }
  }

  /** Runs an action that writes nothing to any file, even if HDF5 has data to write. */
  discarding(action: () => void): void {
    this.#discards = true;
    try {
      action();
    } finally {
      this.#discards = false;
    }
  }

  /** The attributes of an object. Each value is read on access. */
  attributesOf(file: bigint, path: string): Attributes {
    return new this.#dataset(file, path).attrs;
  }

  #isReadTooOften(position: number | undefined, length: number): boolean {
    const block = `${position} ${length}`;
    const times = (this.#reads.get(block) ?? 0) + 1;
    this.#reads.set(block, times);
    return times > MAX_READS;
  }

  /** Memory of the library, at least this large. It is valid until the next call. */
  scratch(bytes: number): number {
    if (this.#scratch.bytes < bytes) {
      this.#native._free(this.#scratch.pointer);
      this.#scratch = { pointer: this.#native._malloc(bytes), bytes };
      if (this.#scratch.pointer === 0) {
        this.#scratch.bytes = 0;
        throw new H5Error(`out of memory for ${bytes} bytes`);
      }
    }
    return this.#scratch.pointer;
  }
}

function bytesOf(buffer: Int8Array<ArrayBuffer>, offset: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
}

/** The operating system's reason if there is one, else the innermost reason of HDF5. */
function reasonIn(printed: string): string {
  const ofSystem = [...printed.matchAll(/error message = '([^']*)'/g)].at(-1);
  const ofLibrary = [...printed.matchAll(/#\d+: .* in \w+\(\): (.*)/g)].at(-1);
  return ofSystem?.[1] ?? ofLibrary?.[1] ?? "HDF5 gives no reason";
}
