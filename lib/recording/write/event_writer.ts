/**
 * Writes events to HDF5 files.
 *
 * @module
 */

import { basename } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import { itemAt } from "../../item_at.ts";
import { type Log, StageLog } from "../../notice.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import type { CameraEvent } from "../../wire/event.ts";
import { newEpoch, type RunId, runKey } from "../../wire/run_id.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { CHUNK_ROWS } from "../table/columns.ts";
import { type Compression, templateOf } from "../table/compression.ts";
import { type Account, encodeLedgerRow, type RecorderId } from "../table/ledger_row.ts";
import { checkProvenance } from "../table/provenance.ts";
import { RowBuffer } from "../table/row.ts";
import { BufferedTable } from "./buffered_table.ts";
import {
  checkDestination,
  clearAbandoned,
  createNextFile,
  type Destination,
  openFile,
} from "./destination.ts";
import { ResumeMark } from "./resume_mark.ts";
import type { TableFile, TableFileOptions } from "./table_file.ts";

/** Options of an {@linkcode EventWriter}. */
export interface EventWriterOptions {
  /** One file, or files in a folder. */
  destination: Destination;
  /** Compression of the files. @default "gzip:1" */
  compression?: Compression;
  /** Text attributes of each table: version, configuration, host, endpoints, start time. */
  provenance: Record<string, string>;
  /** Longest time until an event is in the file, ms. @default 1000 */
  flushIntervalMs?: number;
  /** The wall clock for the dates in file names. @default () => new Date() */
  now?: () => Date;
  /**
   * Returns the counters. It is called once a second and at the end of a file. Each result becomes
   * a row of the file's ledger; the last one also becomes the totals. In a folder, a daemon's
   * counters are written only to files of its run.
   * @default no ledger is written
   */
  account?: () => Account;
  /**
   * Waits for the disk at each flush, and keeps a journal beside each file, so that flushed rows
   * survive a power cut.
   * @default false
   */
  sync?: boolean;
  /** Gets notices of files that were not changed, and of several runs. @default none */
  log?: Log;
}

/** A file that was written or is being written. */
export interface WrittenFile {
  path: string;
  /** Events in it, including waiting ones. */
  rows: number;
  /** Size on disk. */
  bytes: number;
}

/** Time between two rows of the ledger. */
const ACCOUNT_INTERVAL_MS = 1000;

/** Rows in a buffer before they are written. */
const BUFFER_ROWS = 8 * CHUNK_ROWS;

/** Maximum number of open files in a folder, one for each run. */
export const MAX_OPEN_FILES = 8;

/** A run's file without events for this time is closed, if another run is active. */
const IDLE_MS = 30_000;

/** A file, and the state of its run. */
interface OpenTable {
  table: BufferedTable;
  /** Undefined for a single file, which takes all runs. */
  run: RunId | undefined;
  buffer: RowBuffer;
  /** When its first and its last event arrived. */
  startedMs: number;
  eventMs: number;
  /** The last known counters of the daemon of its run. */
  daemon?: Account;
}

/**
 * Writes events to files. For each file, up to 64 events wait in memory, for at most
 * `flushIntervalMs` if {@linkcode EventWriter.tick} is called often enough. Then they are in the
 * file and other processes can read them.
 *
 * In a folder each run has its own file, because there may be several daemons. Up to eight files
 * are open at once. A file without events for 30 s is closed if another run is active. If there are
 * more than eight runs, the file without events for longest is closed. If its run continues, a new
 * file starts.
 *
 * Times are those of a monotonic clock and must not fall. If writing fails, the files are closed as
 * well as possible, and the writer cannot be used again.
 */
export class EventWriter implements AsyncDisposable {
  readonly #h5: H5;
  readonly #destination: Destination;
  readonly #fileOptions: TableFileOptions;
  readonly #flushIntervalMs: number;
  readonly #now: () => Date;
  readonly #account: (() => Account) | undefined;
  readonly #log: StageLog;
  /** This writer's id in the ledger. */
  readonly #recorder: RecorderId;
  readonly #done: WrittenFile[] = [];
  /** Open files; the one with the newest event is last. */
  readonly #open: OpenTable[] = [];
  /** Memory for rows, from closed files. */
  readonly #buffers: RowBuffer[] = [];
  #mark: ResumeMark | undefined;
  /** The first run of a single file. */
  #onlyRun: bigint | undefined;
  #hasLoggedRuns = false;
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
    this.#log = new StageLog("recording", options.log);
    this.#recorder = { start: Math.floor(this.#now().getTime() / 1000), epoch: newEpoch() };
    clearAbandoned(destination, this.#log);
    if ("file" in destination) this.#begin(openFile(h5, destination, this.#fileOptions), 0);
  }

  /**
   * Opens a writer. For a single file, it creates the file at once; for a folder, with the first
   * event.
   *
   * @throws {ConfigurationError} for a wrong option, or if the file exists; nothing is left on the
   * disk
   * @throws {UnavailableError} if the folder is missing or cannot be written
   * @throws {OperationError} if the file cannot be created
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

  /**
   * Number of events taken: in files, or waiting. After a failure: events that are known to be in
   * files.
   */
  get rows(): number {
    return this.files.reduce((rows, file) => rows + file.rows, 0);
  }

  /**
   * The file being written; if there are several, the one with the newest event. In a folder there
   * is none before the first event or after a limit.
   */
  get current(): WrittenFile | undefined {
    const open = this.#open.at(-1);
    return open && summaryOf(open.table);
  }

  /** Its path. */
  get currentPath(): string | undefined {
    return this.#open.at(-1)?.table.path;
  }

  /** Its size on disk; 0 if there is no file. */
  get currentBytes(): number {
    return this.#open.at(-1)?.table.bytes ?? 0;
  }

  /** Number of files being written. */
  get openFiles(): number {
    return this.#open.length;
  }

  /** All files so far: closed ones in order, then those being written. */
  get files(): readonly WrittenFile[] {
    return [...this.#done, ...this.#open.map(({ table }) => summaryOf(table))];
  }

  /**
   * Takes events. Those that fill a chunk are written at once, others wait.
   *
   * @param events any number; they are copied
   * @param nowMs the monotonic clock
   * @throws {OperationError} if a file cannot be written or created
   */
  write(events: readonly CameraEvent[], nowMs: number): void {
    this.#attempt(() => {
      this.#endIfOld(nowMs);
      for (const event of events) this.#openFor(event, nowMs).table.push(event, nowMs);
      for (const { table } of this.#open) table.writeChunks(nowMs);
      this.#flushIfDue(nowMs);
    });
  }

  /**
   * Does what is due: writes and flushes rows that waited for `flushIntervalMs`, adds a ledger row
   * each second, closes files that are old enough or idle. Call it a few times a second.
   *
   * @param nowMs the monotonic clock
   * @throws {OperationError} if a file cannot be written
   */
  tick(nowMs: number): void {
    this.#attempt(() => {
      this.#flushIfDue(nowMs);
      this.#accountIfDue(nowMs);
      this.#endIfOld(nowMs);
    });
  }

  /**
   * Writes waiting rows and closes the files. A second call does nothing; nor does a call after a
   * failure.
   *
   * @throws {OperationError} if a file cannot be written
   */
  // deno-lint-ignore require-await -- so that a failure is a rejection
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#attempt(() => {
      for (const open of [...this.#open]) this.#end(open);
    });
    this.#mark?.[Symbol.dispose]();
    this.#ended = new Error("the event writer is closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs an action. If it fails, the writer cannot be used again. */
  #attempt(action: () => void): void {
    if (this.#ended) throw this.#ended;
    try {
      action();
    } catch (error) {
      this.#ended = error;
      this.#closeAfterFailure();
      throw error;
    }
  }

  /** Closes all files as well as possible. Files that have not failed get their waiting rows. */
  #closeAfterFailure(): void {
    for (const { table, run } of this.#open.splice(0)) {
      try {
        if (!table.hasFailed) table.close();
      } catch {
        // The first failure is the one that is reported.
      }
      const isGone = table.hasFailed && table.abandon();
      this.#done.push(summaryOf(table));
      if (!isGone) this.#noteInMark(table);
      else if (run !== undefined) this.#mark?.forget(run);
    }
    this.#mark?.[Symbol.dispose]();
  }

  /** The file for an event. If its run has none, or the file is full, a new one. */
  #openFor(event: CameraEvent, nowMs: number): OpenTable {
    const destination = this.#destination;
    if ("file" in destination) {
      this.#tellRuns(event, destination.file);
      return itemAt(this.#open, 0);
    }
    const key = runKey(event);
    const index = this.#open.findLastIndex(({ run }) => run !== undefined && runKey(run) === key);
    const open = this.#open[index];
    if (open !== undefined) {
      if (open.table.bytes < destination.maxSizeBytes) {
        open.eventMs = nowMs;
        if (index < this.#open.length - 1) this.#open.push(...this.#open.splice(index, 1));
        return open;
      }
      this.#end(open);
    }
    if (this.#open.length === MAX_OPEN_FILES) {
      const longestIdle = itemAt(this.#open, 0);
      this.#log.warning(
        `more than ${MAX_OPEN_FILES} runs at once: ${longestIdle.table.path} is closed; if its ` +
          "run continues, another file starts",
      );
      this.#end(longestIdle);
    }
    const own = new Set(this.files.map(({ path }) => path));
    const file = createNextFile(this.#h5, destination, this.#fileOptions, this.#now(), own);
    const { folder, prefix } = destination;
    this.#mark ??= new ResumeMark(folder, prefix, this.#log);
    return this.#begin(file, nowMs, { run: event.run, epoch: event.epoch });
  }

  #tellRuns(event: CameraEvent, file: string): void {
    if (this.#hasLoggedRuns) return;
    const key = runKey(event);
    this.#onlyRun ??= key;
    if (key === this.#onlyRun) return;
    this.#hasLoggedRuns = true;
    this.#log.info(
      `${file} has events of several runs: use the columns run and epoch to tell its rows apart`,
      { code: "recording.severalRuns", fields: { file } },
    );
  }

  #endIfOld(nowMs: number): void {
    if ("file" in this.#destination) return;
    const { maxAgeMs = Infinity } = this.#destination;
    const newestMs = this.#open.at(-1)?.eventMs ?? nowMs;
    for (const open of [...this.#open]) {
      // A file stays open while its run pauses, unless another run is active.
      const isIdle = nowMs - open.eventMs >= IDLE_MS && newestMs > open.eventMs;
      if (isIdle || nowMs - open.startedMs >= maxAgeMs) this.#end(open);
    }
  }

  #flushIfDue(nowMs: number): void {
    for (const { table } of this.#open) {
      table.flushIfDue(nowMs);
      this.#noteInMark(table);
    }
    this.#mark?.writeIfDue(nowMs);
  }

  #noteInMark({ flushed, path }: BufferedTable): void {
    if (flushed !== undefined) this.#mark?.note({ ...flushed, file: basename(path) });
  }

  #accountIfDue(nowMs: number): void {
    if (this.#account === undefined || this.#open.length === 0) return;
    if (nowMs - this.#accountedMs < ACCOUNT_INTERVAL_MS) return;
    this.#accountedMs = nowMs;
    const account = this.#account();
    for (const open of this.#open) open.table.account(this.#ledgerRow(accountFor(open, account)));
  }

  #ledgerRow(account: Account): Uint8Array {
    return encodeLedgerRow(account, this.#now().getTime() / 1000, this.#recorder);
  }

  #begin(file: TableFile, nowMs: number, run?: RunId): OpenTable {
    this.#accountedMs = -Infinity;
    const buffer = this.#buffers.pop() ?? new RowBuffer(BUFFER_ROWS);
    const table = new BufferedTable(file, buffer, this.#flushIntervalMs);
    const open: OpenTable = { table, run, buffer, startedMs: nowMs, eventMs: nowMs };
    this.#open.push(open);
    stoppingPoint("rotation.begun");
    this.#log.debug(`writing ${table.path}`, { fields: { path: table.path, ...run } });
    return open;
  }

  #end(open: OpenTable): void {
    const { table, buffer } = open;
    const now = this.#account?.();
    const account = now && lastAccountFor(open, now);
    table.close(account && { row: this.#ledgerRow(account), ledger: account.ledger });
    stoppingPoint("rotation.closed");
    this.#open.splice(this.#open.indexOf(open), 1);
    const summary = summaryOf(table);
    this.#done.push(summary);
    this.#log.debug(`closed ${table.path}: ${summary.rows} events`, { fields: { ...summary } });
    this.#buffers.push(buffer);
    this.#noteInMark(table);
    this.#mark?.write();
  }
}

/**
 * The account for a file. It has the daemon's counters only if the daemon belongs to the file's
 * run.
 */
function accountFor(open: OpenTable, account: Account): Account {
  const { daemonRun, daemonEpoch, ledger: { recorder, refused } } = account;
  const { run } = open;
  if (run === undefined) return account;
  // A daemon of an earlier version has no epoch.
  const isItsDaemon = daemonRun === run.run && (daemonEpoch ?? run.epoch) === run.epoch;
  if (!isItsDaemon) {
    return { ledger: { ...(recorder && { recorder }), ...(refused && { refused }) } };
  }
  return open.daemon = account;
}

/**
 * The account at the end of a file. If the daemon counts for another run now, its last counters for
 * this run are used.
 */
function lastAccountFor(open: OpenTable, account: Account): Account {
  const last = accountFor(open, account);
  if (last.daemonRun !== undefined || open.daemon === undefined) return last;
  return { ...open.daemon, ledger: { ...open.daemon.ledger, ...last.ledger } };
}

function summaryOf({ path, rows, bytes }: BufferedTable): WrittenFile {
  return { path, rows, bytes };
}
