import { OperationError, reasonOf } from "../../../lib/errors.ts";
import { RECORD_WORDS } from "./readout_record.ts";

/** Memory for the records that are not in the file yet. */
const BUFFER_BYTES = 16 * 2 ** 20;

/**
 * Records in a number of partitions, each in the order of its coming.
 *
 * It keeps 16 MiB in memory, whatever their number. When the memory of a partition is full, it goes
 * to a temporary file: in the folder that TMPDIR names, else in `/var/tmp`, else in the system's
 * folder. So small numbers of records need no file. The file has no name, so that nothing is left even
 * when the process is killed.
 */
export class PartitionedRecords implements Disposable {
  /** How many there are. */
  readonly partitions: number;
  /** Records by partition. */
  readonly counts: Float64Array;
  /** A block of each partition. Its first record is a head; word 0 is the number of the next block. */
  readonly #blocks: Uint32Array;
  readonly #blockWords: number;
  /** By partition: words used in its block. */
  readonly #used: Uint32Array;
  /** By partition: the number of its first block, and of the one in memory. */
  readonly #first: Float64Array;
  readonly #current: Float64Array;
  #nextBlock: number;
  #file: Deno.FsFile | undefined;
  /** For reading. */
  readonly #block: Uint32Array;

  /**
   * @param partitions how many
   * @param bufferBytes memory for all of them
   */
  constructor(partitions: number, bufferBytes = BUFFER_BYTES) {
    const records = Math.max(2, Math.floor(bufferBytes / partitions / (4 * RECORD_WORDS)));
    this.partitions = partitions;
    this.counts = new Float64Array(partitions);
    this.#blockWords = records * RECORD_WORDS;
    this.#blocks = new Uint32Array(partitions * this.#blockWords);
    this.#block = new Uint32Array(this.#blockWords);
    this.#used = new Uint32Array(partitions).fill(RECORD_WORDS);
    this.#first = Float64Array.from({ length: partitions }, (_, partition) => partition);
    this.#current = this.#first.slice();
    this.#nextBlock = partitions;
  }

  /**
   * Adds a record.
   *
   * @throws {OperationError} when the temporary file cannot be written
   */
  add(partition: number, record: Uint32Array): void {
    let used = this.#used[partition] as number;
    if (used === this.#blockWords) {
      this.#writeBlock(partition);
      used = RECORD_WORDS;
    }
    this.#blocks.set(record, partition * this.#blockWords + used);
    this.#used[partition] = used + RECORD_WORDS;
    this.counts[partition] = (this.counts[partition] as number) + 1;
  }

  /**
   * The records of a partition, in the order of their coming; each block is valid until the next.
   *
   * @throws {OperationError} when the temporary file cannot be read
   */
  *blocksOf(partition: number): Generator<Uint32Array, void, void> {
    const current = this.#current[partition] as number;
    let block = this.#first[partition] as number;
    while (block !== current) {
      this.#readBlock(block);
      block = this.#block[0] as number;
      yield this.#block.subarray(RECORD_WORDS);
    }
    const at = partition * this.#blockWords;
    yield this.#blocks.subarray(at + RECORD_WORDS, at + (this.#used[partition] as number));
  }

  /** Closes the temporary file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #writeBlock(partition: number): void {
    const at = partition * this.#blockWords;
    const words = this.#blocks.subarray(at, at + this.#blockWords);
    words[0] = this.#nextBlock;
    try {
      this.#file ??= openNameless();
      this.#file.seekSync(this.#offsetOf(this.#current[partition] as number), Deno.SeekMode.Start);
      let bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      while (bytes.length > 0) bytes = bytes.subarray(this.#file.writeSync(bytes));
    } catch (error) {
      throw new OperationError(
        `cannot write a temporary file in ${temporaryFolder()}: ${
          reasonOf(error)
        }; set TMPDIR to ` +
          "a folder with 64 bytes for each readout",
        { cause: error },
      );
    }
    this.#current[partition] = this.#nextBlock++;
  }

  #readBlock(block: number): void {
    let bytes = new Uint8Array(this.#block.buffer);
    try {
      this.#file?.seekSync(this.#offsetOf(block), Deno.SeekMode.Start);
      while (bytes.length > 0) {
        const read = this.#file?.readSync(bytes) ?? null;
        if (read === null) throw new Error("it ends too early");
        bytes = bytes.subarray(read);
      }
    } catch (error) {
      throw new OperationError(`cannot read a temporary file: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  #offsetOf(block: number): number {
    return block * 4 * this.#blockWords;
  }
}

/** A file that is gone from its folder already. */
function openNameless(): Deno.FsFile {
  const path = Deno.makeTempFileSync({ dir: temporaryFolder(), prefix: "ssdaq-check-" });
  try {
    return Deno.openSync(path, { read: true, write: true });
  } finally {
    Deno.removeSync(path);
  }
}

/** Not `/tmp`, which is often memory. */
function temporaryFolder(): string {
  const chosen = Deno.env.get("TMPDIR");
  if (chosen !== undefined && chosen !== "") return chosen;
  try {
    if (Deno.statSync("/var/tmp").isDirectory) return "/var/tmp";
  } catch {
    // There is no such folder.
  }
  return "/tmp";
}
