/**
 * Writes events to HDF5 files.
 *
 * @module
 */

import { ConfigurationError } from "../errors.ts";
import type { CameraEvent } from "../event.ts";
import { BufferedTable } from "./buffered_table.ts";
import { type Compression, templateOf } from "./compression.ts";
import { checkDestination, createNextFile, type Destination, openFile } from "./destination.ts";
import { type H5, loadH5 } from "./h5.ts";
import { type Account, encodeLedgerRow } from "./ledger_row.ts";
import { CHUNK_ROWS, RowBuffer } from "./row.ts";
import { checkProvenance, type TableFile, type TableFileOptions } from "./table_file.ts";

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
  /**
   * The counters, asked for once a second and when a file ends: each answer is a row of the ledger
   * in the file, the last one its totals too. @default no ledger is written
   */
  account?: () => Account;
  /** Waits for the disk at each flush: what was flushed survives a loss of power. @default false */
  sync?: boolean;
}

/** A file that was written. */
export interface WrittenFile {
  path: string;
  /** Events in it, and of the current one those that wait for their place in it. */
  rows: number;
  /** Size on disk. */
  bytes: number;
}

/** Between two rows of the ledger. */
const ACCOUNT_INTERVAL_MS = 1000;

/** Rows laid out before they are handed over. */
const BUFFER_ROWS = 8 * CHUNK_ROWS;

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
  readonly #account: (() => Account) | undefined;
  /** When this writer was opened, Unix s. */
  readonly #start: number;
  readonly #buffer = new RowBuffer(BUFFER_ROWS);
  readonly #done: WrittenFile[] = [];
  #table: BufferedTable | undefined;
  #run = 0n;
  #startedMs = 0;
  #accountedMs = -Infinity;
  #ended: unknown;

  private constructor(h5: H5, options: EventWriterOptions) {
    const { destination, compression = "gzip:1", provenance } = options;
    this.#h5 = h5;
    this.#destination = destination;
    this.#fileOptions = { compression, provenance, sync: options.sync };
    this.#flushIntervalMs = options.flushIntervalMs ?? 1000;
    this.#now = options.now ?? (() => new Date());
    this.#account = options.account;
    this.#start = Math.floor(this.#now().getTime() / 1000);
    if ("file" in destination) this.#begin(openFile(h5, destination, this.#fileOptions));
  }

  /**
   * Opens a writer. One for a single file creates it at once, one for a folder with its first
   * event.
   *
   * @throws {ConfigurationError} for an option that is wrong, or a file that exists; nothing is left
   * behind
   * @throws {UnavailableError} for a folder that is missing or cannot be written to
   * @throws {OperationError} when the file cannot be created
   */
  static async open(options: EventWriterOptions): Promise<EventWriter> {
    const { destination, compression = "gzip:1", provenance, flushIntervalMs = 1000 } = options;
    if (!(flushIntervalMs > 0)) {
      throw new ConfigurationError(`flushIntervalMs: ${flushIntervalMs} is not above 0; use 1000`);
    }
    templateOf(compression);
    checkProvenance(provenance);
    checkDestination(destination);
    return new EventWriter(await loadH5(), options);
  }

  /** Events taken: those in the files and those that wait. */
  get rows(): number {
    return this.files.reduce((rows, file) => rows + file.rows, 0);
  }

  /** The file being written; in a folder there is none before the first event or after a limit. */
  get currentPath(): string | undefined {
    return this.#table?.path;
  }

  /** Its size on disk; 0 if there is none. */
  get currentBytes(): number {
    return this.#table?.bytes ?? 0;
  }

  /** All files so far, in order, the current one last. */
  get files(): readonly WrittenFile[] {
    return this.#table ? [...this.#done, summaryOf(this.#table)] : [...this.#done];
  }

  /**
   * Takes events in. Those that fill a chunk are written at once, the rest waits.
   *
   * @param events any number; they are copied
   * @param nowMs the monotonic clock
   * @throws {OperationError} when a file cannot be written or created
   */
  write(events: readonly CameraEvent[], nowMs: number): void {
    this.#attempt(() => {
      this.#endIfOld(nowMs);
      for (const event of events) this.#tableFor(event, nowMs).push(event, nowMs);
      this.#table?.writeChunks(nowMs);
      this.#table?.flushIfDue(nowMs);
    });
  }

  /**
   * Does what is due: writes and flushes what waited for `flushIntervalMs`, adds a row to the ledger
   * each second, ends a file that is old enough. Call it a few times a second.
   *
   * @param nowMs the monotonic clock
   * @throws {OperationError} when a file cannot be written
   */
  tick(nowMs: number): void {
    this.#attempt(() => {
      this.#table?.flushIfDue(nowMs);
      this.#accountIfDue(nowMs);
      this.#endIfOld(nowMs);
    });
  }

  /**
   * Writes what waits and closes the file. Does nothing the second time, or after a failure.
   *
   * @throws {OperationError} when the file cannot be written
   */
  // deno-lint-ignore require-await -- so that a failure is a rejection
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#attempt(() => this.#end());
    this.#ended = new Error("the event writer is closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs an action; one that fails is the writer's last. */
  #attempt(action: () => void): void {
    if (this.#ended) throw this.#ended;
    try {
      action();
    } catch (error) {
      this.#ended = error;
      this.#table?.abandon();
      throw error;
    }
  }

  /** The table an event belongs in; a new one where the run changes or the last one is full. */
  #tableFor(event: CameraEvent, nowMs: number): BufferedTable {
    const destination = this.#destination;
    if (this.#table) {
      if ("file" in destination) return this.#table;
      if (event.run === this.#run && this.#table.bytes < destination.maxSizeBytes) {
        return this.#table;
      }
      this.#end();
    }
    if ("file" in destination) throw new Error("a single file is open from the start");
    this.#run = event.run;
    this.#startedMs = nowMs;
    const own = new Set(this.#done.map(({ path }) => path));
    return this.#begin(
      createNextFile(this.#h5, destination, this.#fileOptions, this.#now(), own),
    );
  }

  #endIfOld(nowMs: number): void {
    if (!this.#table || "file" in this.#destination) return;
    const { maxAgeMs = Infinity } = this.#destination;
    if (nowMs - this.#startedMs >= maxAgeMs) this.#end();
  }

  #accountIfDue(nowMs: number): void {
    if (!this.#table || !this.#account) return;
    if (nowMs - this.#accountedMs < ACCOUNT_INTERVAL_MS) return;
    this.#accountedMs = nowMs;
    this.#table.account(this.#ledgerRow(this.#account()));
  }

  #ledgerRow(account: Account): Uint8Array {
    return encodeLedgerRow(account, this.#now().getTime() / 1000, this.#start);
  }

  #begin(file: TableFile): BufferedTable {
    this.#accountedMs = -Infinity;
    this.#table = new BufferedTable(file, this.#buffer, this.#flushIntervalMs);
    return this.#table;
  }

  #end(): void {
    if (!this.#table) return;
    const account = this.#account?.();
    this.#table.close(account && { row: this.#ledgerRow(account), ledger: account.ledger });
    this.#done.push(summaryOf(this.#table));
    this.#table = undefined;
  }
}

function summaryOf({ path, rows, bytes }: BufferedTable): WrittenFile {
  return { path, rows, bytes };
}
