/**
 * Repairs files whose writer was killed, or stopped by a power cut.
 *
 * A killed writer leaves two things in the first block of its file. One is the mark that it is
 * open: readers refuse the file because of it. The other, often, is an end of file from before the
 * last rows: HDF5's own tools would cut the file there. The repair corrects the end, reads every
 * row, and removes the mark. It cuts a table to its readable rows, because the last ones may be
 * incomplete, and adds rows that are in the file, but not yet in the table. All of this changes the
 * file at once, or not at all, whatever happens meanwhile: it goes through a journal.
 *
 * A writer with a journal leaves it; what is in there is written to the file first.
 *
 * After a power cut without a journal, the file may be torn: HDF5 can read none of it, or only some
 * rows, and not only the last ones are missing. Then its rows are salvaged into a new file (see
 * `salvage.ts`).
 *
 * @module
 */

import { dirname } from "node:path";
import { OperationError, reasonOf } from "../../errors.ts";
import { kindOf } from "../../files/file_kind.ts";
import { tryLock } from "../../files/file_lock.ts";
import { syncFolder } from "../../files/sync_folder.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import { type LastEvent, runKey } from "../../wire/run_id.ts";
import { type ByteStore, byteStoreOf } from "../hdf5/byte_store.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { H5File } from "../hdf5/h5_file.ts";
import { HeldWrites } from "../hdf5/held_writes.ts";
import {
  decodeSuperblock,
  readHead,
  type Superblock,
  SuperblockFlag,
  superblockOf,
} from "../hdf5/superblock.ts";
import { Journal, journalPath, replayJournal } from "../journal/journal.ts";
import { TableReader } from "../read/table_reader.ts";
import { TABLE_PATH } from "../table/columns.ts";
import { LEDGER_PATH } from "../table/ledger_row.ts";
import { namesTotals } from "../table/ledger_totals.ts";
import { type FoundEvent, FoundEvents, isBlank } from "./found_events.ts";
import { scanRows } from "./row_scan.ts";
import { appendFound, salvage } from "./salvage.ts";
import { LastByRun, type RowRange, type Survey, survey, unreadableRows } from "./survey.ts";

/** The result of a repair. */
export interface RepairReport {
  path: string;
  /** Whether there was something to repair. If not, the file is unchanged, byte for byte. */
  wasDamaged: boolean;
  /** Events in the file now. */
  rows: number;
  /** Events that should have been in its table, and are not in the file now. */
  lostRows: number;
  /** Events that were in the file, but not yet in its table. They are in it now. */
  addedRows: number;
  /**
   * Events that were found after a gap in the numbers of their run. They are not in the table, so
   * that a recorder that resumes fetches them with those in between.
   */
  leftOutRows: number;
  /** Ledger rows in the file now. */
  ledgerRows: number;
  /** Ledger rows that were cut off. */
  lostLedgerRows: number;
  /** The last event of each run, in order of the runs. */
  lastEvents: readonly LastEvent[];
  /** Given if the file could not be repaired in place: its rows are in a new file now. */
  salvaged?: {
    /** Path of the damaged file. */
    keptAs: string;
    /** Rows of its table that cannot be read, as far as that is known. */
    unreadable: RowRange[];
    /** Whether it is known how many rows the table had. If not, `lostRows` is 0. */
    isLossKnown: boolean;
    /** Rows that were found, but are not whole. They are not in the new file. */
    tornRows: number;
  };
}

/** If more rows than this are lost, and more than this part of all, the others are searched for. */
const MAX_LOST_PART = 0.5;
const MAX_LOST_ROWS = 64;

/** More rows than these are not added to a table: the file is written anew. */
const MAX_ADDED_ROWS = 4096;

/** The file cannot be repaired, and must not be salvaged. */
class Refusal extends Error {}

/** The ledger of the file cannot be read. */
class LedgerLost extends Error {}

/**
 * Repairs a file if it needs it: in place, or, if that is not possible, by a new file with all rows
 * that are found in it.
 *
 * @throws {OperationError} if it is not an ssdaq file, is being written, must not be written, or
 * has no rows that can be found; then it is unchanged
 */
export async function repairFile(path: string): Promise<RepairReport> {
  return repairWith(await loadH5(), path);
}

/**
 * The same without waiting, with a library that is loaded already.
 *
 * @throws {OperationError} as {@linkcode repairFile}
 */
export function repairWith(h5: H5, path: string): RepairReport {
  try {
    return repair(h5, path);
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(`cannot repair ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * The last event of each run in a file, in order of the runs.
 *
 * @throws {OperationError} if it cannot be read
 */
export async function lastEvents(path: string): Promise<readonly LastEvent[]> {
  using reader = await TableReader.open(path);
  return survey(reader).lastEvents;
}

function repair(h5: H5, path: string): RepairReport {
  if (!Deno.statSync(path).isFile) throw new Error("it is not a plain file");
  let isReplayed = false;
  if (kindOf(journalPath(path)) !== "absent") {
    using file = openLocked(path);
    isReplayed = replayJournal(path, file) === "applied";
  }
  try {
    const report = repairInPlace(h5, path);
    return { ...report, wasDamaged: report.wasDamaged || isReplayed };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Deno.errors.NotFound) throw error;
    // Something else has the name of the journal, which does not damage the file.
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    const report = trySalvage(h5, path);
    if (report !== undefined) return report;
    // Without events, the counters alone are not worth a refusal.
    if (error instanceof LedgerLost) return repairInPlace(h5, path, false);
    throw error;
  }
}

/**
 * A lock outlives its holder for a moment while a process is made: the child has it until it runs
 * its program.
 */
const LOCK_TRIES = 10;
const LOCK_PAUSE_MS = 20;

/** Opens a file that no other process may use until it is closed. */
function openLocked(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, write: true });
  for (let times = 0; times < LOCK_TRIES; times++) {
    if (tryLock(file, "exclusive")) return file;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
  }
  file.close();
  throw new Refusal(
    "it is being written, or open in another process such as h5py; close that first",
  );
}

function trySalvage(h5: H5, path: string): RepairReport | undefined {
  using file = openLocked(path);
  const salvaged = salvage(h5, path, file);
  if (salvaged === undefined) return undefined;
  const { rows, ledgerRows, lastEvents, rowsBefore, keptAs, unreadable, tornRows } = salvaged;
  return {
    path,
    wasDamaged: true,
    rows,
    lostRows: Math.max(0, (rowsBefore ?? 0) - rows),
    addedRows: 0,
    leftOutRows: 0,
    ledgerRows,
    lostLedgerRows: 0,
    lastEvents,
    salvaged: { keptAs, unreadable, tornRows, isLossKnown: rowsBefore !== undefined },
  };
}

function repairInPlace(h5: H5, path: string, needsLedger = true): RepairReport {
  const superblock = decodeSuperblock(readHead(path));
  checkVersion(superblock);
  if (!needsRepair(superblock, path)) return reportOf(h5, path);
  using file = openLocked(path);
  // Check again: with the lock, no other process can change it.
  const head = readHead(path);
  if (!needsRepair(decodeSuperblock(head), path)) return reportOf(h5, path);
  if (!decodeSuperblock(head).isSound) throw new Error("its first block is damaged");
  file.syncSync();
  const end = file.statSync().size;
  const held = new HeldWrites();
  held.restart(end);
  const events = new FoundEvents();
  const found = close(h5, path, file, held, events, needsLedger);
  findInTail(events, byteStoreOf(file), end);
  if (events.count > MAX_ADDED_ROWS) throw new Error("its table lacks most of its events");
  const inTail = events.inOrder();
  const added = withoutGaps(inTail, found.lastEvents);
  const journal = new Journal(path, file, held);
  try {
    // Without its name on the disk, a power cut while the file is changed would leave no journal.
    syncFolder(dirname(path));
    const lastAdded = changeTables(h5, path, file, held, found, added);
    journal.commit();
    stoppingPoint("repair.marked");
    journal.end();
    stoppingPoint("repair.closed");
    const last = new LastByRun();
    for (const event of [...found.lastEvents, ...lastAdded]) last.add(event);
    const rows = found.events + added.length;
    return {
      path,
      wasDamaged: true,
      rows,
      lostRows: Math.max(0, found.rows - rows),
      addedRows: Math.max(0, rows - found.rows),
      leftOutRows: inTail.length - added.length,
      ledgerRows: found.ledger,
      lostLedgerRows: found.ledgerRows - found.ledger,
      lastEvents: last.events,
    };
  } catch (error) {
    journal.leave();
    // Nothing was changed, or it was changed in part: then the change is completed.
    if (replayJournal(path, file) === "notNeeded") file.truncateSync(end);
    throw error;
  }
}

/**
 * Removes the writer's mark, and corrects the end of the file. Both are only held.
 *
 * @param events gets to know the events in the table
 * @returns what can be read then
 */
function close(
  h5: H5,
  path: string,
  file: Deno.FsFile,
  held: HeldWrites,
  events: FoundEvents,
  needsLedger: boolean,
): Survey {
  const store = byteStoreOf(file, held);
  const head = readHead(path);
  const end = BigInt(file.statSync().size);
  store.writeAt(0, superblockOf(head, end, SuperblockFlag.writing | SuperblockFlag.swmr));
  const open = surveyWith(h5, path, held, (reader) => survey(reader));
  store.writeAt(0, superblockOf(head, end, 0));
  return surveyWith(h5, path, held, (reader) => {
    const closed = survey(reader, (bytes, rowAt) => events.know(bytes, rowAt));
    // HDF5 reads zeros from a chunk that is cut off, but only while others may write.
    if (closed.events > open.events || closed.ledger > open.ledger) {
      throw new Error("two reads of it gave different results");
    }
    checkLoss(reader, closed);
    if (needsLedger && !reader.hasLedger && namesTotals(store)) {
      throw new LedgerLost("its ledger cannot be read");
    }
    return closed;
  });
}

function surveyWith<Result>(
  h5: H5,
  path: string,
  held: HeldWrites,
  look: (reader: TableReader) => Result,
): Result {
  using reader = TableReader.openWith(h5, path, held);
  return look(reader);
}

/** Checks that only the last rows are lost, and not most of them: else this was more than a kill. */
function checkLoss(reader: TableReader, { rows, events }: Survey): void {
  if (events === rows) return;
  const [lost] = unreadableRows(reader, events);
  const areAllLost = lost?.[1] === rows - 1;
  const areMany = rows - events > MAX_LOST_ROWS && events < rows * (1 - MAX_LOST_PART);
  if (areMany || !areAllLost) {
    throw new Error(`only ${events} of its ${rows} events can be read in one piece`);
  }
}

/** Bytes that are looked at at once. */
const TAIL_BYTES = 2 ** 20;

/**
 * Finds events at the end of a file that its table lacks: a writer writes them first, and the table
 * later. The search goes backwards until it meets an event that the table has.
 */
function findInTail(events: FoundEvents, file: ByteStore, fileBytes: number): void {
  for (let end = fileBytes; end > 0; end -= TAIL_BYTES) {
    let isKnown = false;
    for (
      const { kind, at, bytesThere, bytes } of scanRows(file, Math.max(0, end - TAIL_BYTES), end)
    ) {
      if (kind !== "chunk" && kind !== "row") continue;
      if (!events.add(at, bytesThere, bytes) && !isBlank(bytes, 0)) isKnown = true;
    }
    if (isKnown || events.count > MAX_ADDED_ROWS) return;
  }
}

/**
 * The found events that continue their run. A killed writer may have written a later chunk before
 * an earlier one. With such events, a recorder that resumes would not fetch those in between. Events
 * without a run are never fetched, and their numbers may begin anew: all of them stay.
 */
function withoutGaps(
  found: readonly FoundEvent[],
  lastEvents: readonly LastEvent[],
): FoundEvent[] {
  const lastByRun = new Map(lastEvents.map((event) => [runKey(event), event.number]));
  return found.filter(({ run, number }) => {
    if (run === 0n) return true;
    const last = lastByRun.get(run);
    if (last !== undefined && number !== last + 1n) return false;
    lastByRun.set(run, number);
    return true;
  });
}

/**
 * Cuts the tables to their readable rows, and adds the events that were found. All of this is only
 * held, or written after the end of the file.
 *
 * @returns the last added event of each run
 */
function changeTables(
  h5: H5,
  path: string,
  file: Deno.FsFile,
  held: HeldWrites,
  { rows, events, ledgerRows, ledger }: Survey,
  added: readonly FoundEvent[],
): readonly LastEvent[] {
  if (events === rows && ledger === ledgerRows && added.length === 0) return [];
  const target = new H5File(h5, path, "append", held);
  try {
    if (events < rows) target.resize(TABLE_PATH, events);
    if (ledger < ledgerRows) target.resize(LEDGER_PATH, ledger);
    return appendFound(target, events, byteStoreOf(file), added);
  } finally {
    target.close();
  }
}

/** Whether the first block has a writer's mark, or an end after the end of the file. */
function needsRepair({ flags, endBytes, isSound }: Superblock, path: string): boolean {
  return flags !== 0 || !isSound || endBytes > BigInt(Deno.statSync(path).size);
}

function checkVersion({ version, isSound }: Superblock): void {
  if (version === 3) return;
  if (isSound || version < 3) throw new Refusal("ssdaq record did not write it");
  throw new Error("its first block is damaged");
}

/** The report for a file that needs no repair. All of it must be readable. */
function reportOf(h5: H5, path: string): RepairReport {
  using reader = TableReader.openWith(h5, path);
  const { rows, ledgerRows, events, ledger, lastEvents } = survey(reader);
  if (events < rows || ledger < ledgerRows) {
    const what = events < rows ? `events from row ${events}` : `the ledger from row ${ledger}`;
    throw new Error(`${what} on cannot be read, although its writer was not killed`);
  }
  return {
    path,
    wasDamaged: false,
    rows,
    lostRows: 0,
    addedRows: 0,
    leftOutRows: 0,
    ledgerRows,
    lostLedgerRows: 0,
    lastEvents,
  };
}
