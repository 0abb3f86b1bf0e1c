/**
 * Writes events to HDF5 files.
 *
 * @module
 */

import { basename } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import { type Log, StageLog } from "../../notice.ts";
import { itemAt } from "../../item_at.ts";
import type { CameraEvent } from "../../wire/event.ts";
import { newEpoch, type RunId, runKey } from "../../wire/run_id.ts";
import { BufferedTable } from "./buffered_table.ts";
import { type Compression, templateOf } from "../table/compression.ts";
import {
  checkDestination,
  clearAbandoned,
  createNextFile,
  type Destination,
  openFile,
} from "./destination.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { type Account, encodeLedgerRow, type RecorderId } from "../table/ledger_row.ts";
import { ResumeMark } from "./resume_mark.ts";
import { CHUNK_ROWS } from "../table/columns.ts";
import { RowBuffer } from "../table/row.ts";
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
   * in the file, the last one its totals too. In a folder, counters of a daemon are only in the
   * files of its run. @default no ledger is written
   */
  account?: () => Account;
  /** Waits for the disk at each flush: what was flushed survives a loss of power. @default false */
  sync?: boolean;
  /** Told what is left alone, and how runs are kept apart. @default nobody is */
  log?: Log;
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

/** Files of a folder that are open at once, each for a run. */
const MAX_OPEN_FILES = 8;

/** A file of a run that has had nothing for so long is closed, when another run is under way. */
const IDLE_MS = 30_000;

/** A file, and what is known of the run that it is of. */
interface OpenTable {
  table: BufferedTable;
  /** Undefined for a single file, which takes all runs. */
  run: RunId | undefined;
  buffer: RowBuffer;
  /** When its first and its last event came. */
  startedMs: number;
  eventMs: number;
  /** The counters of the daemon of its run, as they were told last. */
  daemon?: Account;
}

/**
 * Events in, files out. For each file up to 64 events wait in memory, for at most `flushIntervalMs`
 * if {@linkcode EventWriter.tick} is called often enough; then they are in the file and other
 * processes can read them.
 *
 * In a folder each run has a file of its own, for there may be several daemons: up to eight are open
 * at once. One that has had no event for 30 s is closed when another run is under way, and beyond
 * eight the one that has had none for longest; should its run go on, another file begins.
 *
 * Times are those of a monotonic clock and must not fall. When writing fails, the files are closed
 * as well as possible and the writer is of no further use.
 */
export class EventWriter implements AsyncDisposable {
  readonly #h5: H5;
  readonly #destination: Destination;
  readonly #fileOptions: TableFileOptions;
  readonly #flushIntervalMs: number;
  readonly #now: () => Date;
  readonly #account: (() => Account) | undefined;
  readonly #log: StageLog;
  /** This writer, in the ledger. */
  readonly #recorder: RecorderId;
  readonly #done: WrittenFile[] = [];
  /** Open files; the one that had an event last comes last. */
  readonly #open: OpenTable[] = [];
  /** Memory for rows, of files that are closed. */
  readonly #buffers: RowBuffer[] = [];
  #mark: ResumeMark | undefined;
  /** The first run of a single file; then whether it has been told that there are others. */
  #onlyRun: bigint | undefined;
  #hasToldRuns = false;
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

  /**
   * Events taken: those in the files and those that wait. After a failure, those that are known to
   * be in the files.
   */
  get rows(): number {
    return this.files.reduce((rows, file) => rows + file.rows, 0);
  }

  /**
   * The file being written, with several the one that had an event last; in a folder there is none
   * before the first event or after a limit.
   */
  get current(): WrittenFile | undefined {
    const open = this.#open.at(-1);
    return open && summaryOf(open.table);
  }

  /** Its path. */
  get currentPath(): string | undefined {
    return this.#open.at(-1)?.table.path;
  }

  /** Its size on disk; 0 if there is none. */
  get currentBytes(): number {
    return this.#open.at(-1)?.table.bytes ?? 0;
  }

  /** Files that are being written. */
  get openFiles(): number {
    return this.#open.length;
  }

  /** All files so far: those that are closed, in that order, and then those being written. */
  get files(): readonly WrittenFile[] {
    return [...this.#done, ...this.#open.map(({ table }) => summaryOf(table))];
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
      for (const event of events) this.#openFor(event, nowMs).table.push(event, nowMs);
      for (const { table } of this.#open) table.writeChunks(nowMs);
      this.#flushIfDue(nowMs);
    });
  }

  /**
   * Does what is due: writes and flushes what waited for `flushIntervalMs`, adds a row to the ledger
   * each second, ends files that are old enough or idle. Call it a few times a second.
   *
   * @param nowMs the monotonic clock
   * @throws {OperationError} when a file cannot be written
   */
  tick(nowMs: number): void {
    this.#attempt(() => {
      this.#flushIfDue(nowMs);
      this.#accountIfDue(nowMs);
      this.#endIfOld(nowMs);
    });
  }

  /**
   * Writes what waits and closes the files. Does nothing the second time, or after a failure.
   *
   * @throws {OperationError} when a file cannot be written
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

  /** Runs an action; one that fails is the writer's last. */
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

  /** Closes what can be closed: the rows that wait for a file that has not failed are written. */
  #closeAfterFailure(): void {
    for (const { table, run } of this.#open.splice(0)) {
      try {
        if (!table.hasFailed) table.close();
      } catch {
        // The failure before this one is what is reported.
      }
      const isGone = table.hasFailed && table.abandon();
      this.#done.push(summaryOf(table));
      if (!isGone) this.#noteInMark(table);
      else if (run !== undefined) this.#mark?.forget(run);
    }
    this.#mark?.[Symbol.dispose]();
  }

  /** The file an event belongs in; a new one where its run has none or that is full. */
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
        `more than ${MAX_OPEN_FILES} runs at once: ${longestIdle.table.path} is closed; should its ` +
          "run go on, another file begins",
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
    if (this.#hasToldRuns) return;
    const key = runKey(event);
    this.#onlyRun ??= key;
    if (key === this.#onlyRun) return;
    this.#hasToldRuns = true;
    this.#log.info(
      `${file} has events of several runs: the columns run and epoch tell its rows apart`,
      { code: "recording.severalRuns", fields: { file } },
    );
  }

  #endIfOld(nowMs: number): void {
    if ("file" in this.#destination) return;
    const { maxAgeMs = Infinity } = this.#destination;
    const newestMs = this.#open.at(-1)?.eventMs ?? nowMs;
    for (const open of [...this.#open]) {
      // One that has nothing beside it goes on for as long as its run pauses.
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
    this.#log.debug(`writing ${table.path}`, { fields: { path: table.path, ...run } });
    return open;
  }

  #end(open: OpenTable): void {
    const { table, buffer } = open;
    const now = this.#account?.();
    const account = now && lastAccountFor(open, now);
    table.close(account && { row: this.#ledgerRow(account), ledger: account.ledger });
    this.#open.splice(this.#open.indexOf(open), 1);
    const summary = summaryOf(table);
    this.#done.push(summary);
    this.#log.debug(`closed ${table.path}: ${summary.rows} events`, { fields: { ...summary } });
    this.#buffers.push(buffer);
    this.#noteInMark(table);
    this.#mark?.write();
  }
}

/** An account for a file: the daemon's counters only where they are of the daemon of its run. */
function accountFor(open: OpenTable, account: Account): Account {
  const { daemonRun, daemonEpoch, ledger: { recorder, refused } } = account;
  const { run } = open;
  if (run === undefined) return account;
  // A daemon of an earlier version tells no epoch.
  const isItsDaemon = daemonRun === run.run && (daemonEpoch ?? run.epoch) === run.epoch;
  if (!isItsDaemon) {
    return { ledger: { ...(recorder && { recorder }), ...(refused && { refused }) } };
  }
  return open.daemon = account;
}

/** The same with which a file ends: a daemon that counts for another run by now did so before. */
function lastAccountFor(open: OpenTable, account: Account): Account {
  const last = accountFor(open, account);
  if (last.daemonRun !== undefined || open.daemon === undefined) return last;
  return { ...open.daemon, ledger: { ...open.daemon.ledger, ...last.ledger } };
}

function summaryOf({ path, rows, bytes }: BufferedTable): WrittenFile {
  return { path, rows, bytes };
}
