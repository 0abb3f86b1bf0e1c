/**
 * Writes events to HDF5 files.
 *
 * @module
 */

import { ConfigurationError } from "../errors.ts";
import type { CameraEvent } from "../event.ts";
import { type Compression, templateOf } from "./compression.ts";
import { checkDestination, createFile, createNextFile, type Destination } from "./destination.ts";
import { type H5, loadH5 } from "./h5.ts";
import { CHUNK_ROWS, encodeRow, ROW_BYTES, RowBuffer } from "./row.ts";
import { checkProvenance, TableFile, type TableFileOptions } from "./table_file.ts";

/** What an {@linkcode EventWriter} is opened with. */
export interface EventWriterOptions {
  /** One file, or files in a folder. */
  destination: Destination;
  /** How the files are compressed. @default "gzip:1" */
  compression?: Compression;
  /** Text attributes of each table: version, configuration, host, endpoints, start time. */
  provenance: Record<string, string>;
  /** The longest that an event waits for its place in the file, ms. @default 1000 */
  flushIntervalMs?: number;
  /** The wall clock that dates the names of files. @default () => new Date() */
  now?: () => Date;
}

/** A file that was written. */
export interface WrittenFile {
  path: string;
  /** Events in it, and of the current one those that wait for their place in it. */
  rows: number;
  /** Size on disk. */
  bytes: number;
}

/** Rows laid out before they are handed over; a whole number of chunks. */
const BATCH_ROWS = 8 * CHUNK_ROWS;

/**
 * Events in, files out. Up to 64 events wait in memory, for at most `flushIntervalMs` if
 * {@linkcode EventWriter.tick} is called often enough; then they are in the file and other
 * processes can read them.
 *
 * Times are those of a monotonic clock and must not fall. When writing fails, the file is closed
 * as well as possible and the writer is of no further use.
 */
export class EventWriter implements AsyncDisposable {
  readonly #h5: H5;
  readonly #destination: Destination;
  readonly #fileOptions: TableFileOptions;
  readonly #flushIntervalMs: number;
  readonly #now: () => Date;
  readonly #batch = new RowBuffer(BATCH_ROWS);
  readonly #done: WrittenFile[] = [];
  #file: TableFile | undefined;
  #fileBytes = 0;
  #run = 0n;
  #openedMs = 0;
  #waiting = 0;
  /** When the oldest row that waits came. */
  #waitingSinceMs = 0;
  /** When the oldest row came that other processes cannot see yet. */
  #unflushedSinceMs: number | undefined;
  #ended: Error | undefined;

  private constructor(h5: H5, options: EventWriterOptions) {
    const { destination, compression = "gzip:1", provenance } = options;
    this.#h5 = h5;
    this.#destination = destination;
    this.#fileOptions = { compression, provenance };
    this.#flushIntervalMs = options.flushIntervalMs ?? 1000;
    this.#now = options.now ?? (() => new Date());
    if ("file" in destination) this.#adopt(createFile(h5, destination, this.#fileOptions));
  }

  /**
   * Opens a writer. One for a single file creates it at once, one for a folder with its first
   * event.
   *
   * @throws {ConfigurationError} for an option that is wrong, a folder that is missing, a file
   * that exists; nothing is left behind
   * @throws {OperationError} when the file cannot be created
   */
  static async open(options: EventWriterOptions): Promise<EventWriter> {
    const { destination, compression = "gzip:1", provenance, flushIntervalMs = 1000 } = options;
    if (!(flushIntervalMs > 0)) {
      throw new ConfigurationError(
        `flushIntervalMs: ${flushIntervalMs} is not above 0; use 1000`,
      );
    }
    templateOf(compression);
    checkProvenance(provenance);
    checkDestination(destination);
    return new EventWriter(await loadH5(), options);
  }

  /** Events taken: those in the files and those that wait. */
  get rows(): number {
    return this.#done.reduce((rows, file) => rows + file.rows, this.#currentRows);
  }

  /** The file that is being written; none in a folder before the first event or after a limit. */
  get currentPath(): string | undefined {
    return this.#file?.path;
  }

  /** Its size on disk; 0 if there is none. */
  get currentBytes(): number {
    return this.#fileBytes;
  }

  /** All files so far, in order, the current one last. */
  get files(): readonly WrittenFile[] {
    if (!this.#file) return [...this.#done];
    const current = { path: this.#file.path, rows: this.#currentRows, bytes: this.#fileBytes };
    return [...this.#done, current];
  }

  /**
   * Takes events in. Full chunks are written at once, the rest waits.
   *
   * @param events any number; they are copied
   * @param nowMs the monotonic clock
   * @throws {OperationError} when a file cannot be written or created
   */
  write(events: readonly CameraEvent[], nowMs: number): void {
    this.#guarded(() => {
      this.#rotateByAge(nowMs);
      for (const event of events) {
        if (!this.#file || this.#endsBefore(event)) this.#startFile(event, nowMs);
        if (this.#waiting === 0) this.#waitingSinceMs = nowMs;
        this.#unflushedSinceMs ??= nowMs;
        encodeRow(event, this.#batch, this.#waiting++);
        if (this.#waiting === BATCH_ROWS) this.#appendChunks(nowMs);
      }
      this.#appendChunks(nowMs);
      this.#flushIfDue(nowMs);
    });
  }

  /**
   * Does what is due: writes and flushes what waited for `flushIntervalMs`, ends a file that is
   * old enough. Call it a few times a second.
   *
   * @param nowMs the monotonic clock
   * @throws {OperationError} when a file cannot be written
   */
  tick(nowMs: number): void {
    this.#guarded(() => {
      this.#flushIfDue(nowMs);
      this.#rotateByAge(nowMs);
    });
  }

  /**
   * Writes what waits and closes the file. Does nothing when it was done before, or after a
   * failure.
   *
   * @throws {OperationError} when the file cannot be written
   */
  // deno-lint-ignore require-await -- what it throws has to be a rejection
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#guarded(() => this.#endFile());
    this.#ended = new Error("the writer is closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #currentRows(): number {
    return (this.#file?.rows ?? 0) + this.#waiting;
  }

  /** Runs an action; one that fails is the writer's last. */
  #guarded(action: () => void): void {
    if (this.#ended) throw this.#ended;
    try {
      action();
    } catch (error) {
      this.#ended = error as Error;
      this.#waiting = 0;
      this.#file?.abandon();
      throw error;
    }
  }

  #adopt(file: TableFile): void {
    this.#file = file;
    this.#fileBytes = file.bytes;
  }

  #startFile(event: CameraEvent, nowMs: number): void {
    this.#endFile();
    // A single file is there from the start, so this is a folder.
    if ("file" in this.#destination) return;
    const own = new Set(this.#done.map(({ path }) => path));
    this.#adopt(
      createNextFile(this.#h5, this.#destination, this.#fileOptions, this.#now(), own),
    );
    this.#run = event.run;
    this.#openedMs = nowMs;
  }

  #endFile(): void {
    const file = this.#file;
    if (!file) return;
    this.#append(this.#waiting);
    file.close();
    this.#done.push({ path: file.path, rows: file.rows, bytes: file.bytes });
    this.#file = undefined;
    this.#fileBytes = 0;
    this.#unflushedSinceMs = undefined;
  }

  /** Whether the next event belongs in another file than the current one. */
  #endsBefore(event: CameraEvent): boolean {
    if ("file" in this.#destination) return false;
    return this.#fileBytes >= this.#destination.maxSizeBytes || event.run !== this.#run;
  }

  #rotateByAge(nowMs: number): void {
    if ("file" in this.#destination || !this.#file) return;
    const { maxAgeMs = Infinity } = this.#destination;
    if (nowMs - this.#openedMs >= maxAgeMs) this.#endFile();
  }

  #flushIfDue(nowMs: number): void {
    const isDue = (sinceMs: number) => nowMs - sinceMs >= this.#flushIntervalMs;
    if (this.#unflushedSinceMs === undefined || !isDue(this.#unflushedSinceMs)) return;
    if (this.#waiting > 0 && isDue(this.#waitingSinceMs)) this.#append(this.#waiting);
    this.#file?.flush();
    this.#unflushedSinceMs = this.#waiting > 0 ? this.#waitingSinceMs : undefined;
  }

  /** Writes as many of the rows that wait as end a chunk; the rest came just now. */
  #appendChunks(nowMs: number): void {
    const rows = this.#currentRows;
    const count = this.#waiting - rows % CHUNK_ROWS;
    if (count <= 0) return;
    this.#append(count);
    this.#waitingSinceMs = nowMs;
  }

  #append(count: number): void {
    if (!this.#file || count === 0) return;
    const { bytes } = this.#batch;
    this.#file.append(bytes.subarray(0, count * ROW_BYTES));
    bytes.copyWithin(0, count * ROW_BYTES, this.#waiting * ROW_BYTES);
    this.#waiting -= count;
    this.#fileBytes = this.#file.bytes;
  }
}
