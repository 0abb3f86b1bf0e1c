/**
 * Repairs files whose writer was killed.
 *
 * A killed writer leaves two things in the first block of its file. One is the mark that it is
 * open: readers refuse the file because of it. The other, often, is an end of file from before the
 * last rows: HDF5's own tools would cut the file there. The repair corrects the end, reads every
 * row, and removes the mark. It cuts a table to its readable rows, because the last ones may be
 * incomplete. If rows after unreadable rows can be read, this was more than a kill, and nothing is
 * cut.
 *
 * @module
 */

import { OperationError, reasonOf } from "../../errors.ts";
import { kindOf } from "../../files/file_kind.ts";
import { tryLock } from "../../files/file_lock.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import { type LastEvent, runKey } from "../../wire/run_id.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { H5File } from "../hdf5/h5_file.ts";
import {
  decodeSuperblock,
  readHead,
  type Superblock,
  SuperblockFlag,
  superblockOf,
} from "../hdf5/superblock.ts";
import { journalPath, replayJournal } from "../journal/journal.ts";
import { TableReader } from "../read/table_reader.ts";
import { ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import { LEDGER_PATH, LEDGER_ROW_BYTES } from "../table/ledger_row.ts";
import { eventIn } from "../table/row.ts";

/** The result of a repair. */
export interface RepairReport {
  path: string;
  /** Whether there was something to repair. If not, the file is unchanged, byte for byte. */
  wasDamaged: boolean;
  /** Events in the file now. */
  rows: number;
  /** Unreadable events at its end that were cut off. */
  lostRows: number;
  /** Ledger rows in the file now. */
  ledgerRows: number;
  /** Ledger rows that were cut off. */
  lostLedgerRows: number;
  /** The last event of each run, in order of the runs. */
  lastEvents: readonly LastEvent[];
}

/**
 * If a table would lose more than this, it was damaged by more than a killed writer. It is not
 * changed.
 */
const MAX_LOST_PART = 0.5;
/** This number may always be lost: the most that a writer keeps in memory. */
const MAX_LOST_ROWS = 64;

/** Number of events read at once. */
const BLOCK_ROWS = 64;

/**
 * Repairs a file in place if it needs it.
 *
 * @throws {OperationError} if it is not an ssdaq file, is being written, must not be written, or
 * has other damage than from a killed writer; then it is unchanged
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
  if (kindOf(journalPath(path)) !== "absent") {
    using file = openLocked(path);
    replayJournal(path, file);
  }
  const superblock = decodeSuperblock(readHead(path));
  checkVersion(superblock);
  if (!needsRepair(superblock, path)) return reportOf(h5, path);
  using file = openLocked(path);
  // Check again: with the lock, no other process can change it.
  const head = readHead(path);
  if (!needsRepair(decodeSuperblock(head), path)) return reportOf(h5, path);
  if (!decodeSuperblock(head).isSound) throw new Error("its first block is damaged");
  const end = BigInt(file.statSync().size);
  const { rows, ledgerRows, events, ledger, lastEvents } = closeIfSound(h5, file, path, head, end);
  // Each cut sets the writer's mark while it runs, so a kill during it can be repaired again.
  try {
    if (events < rows) cut(h5, path, TABLE_PATH, events);
    if (ledger < ledgerRows) cut(h5, path, LEDGER_PATH, ledger);
  } catch (error) {
    // Restored, so that the repair can be tried again.
    writeAt0(file, head);
    throw error;
  }
  file.syncSync();
  return {
    path,
    wasDamaged: true,
    rows: events,
    lostRows: rows - events,
    ledgerRows: ledger,
    lostLedgerRows: ledgerRows - ledger,
    lastEvents,
  };
}

/** Opens a file that no other process may use until it is closed. */
function openLocked(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, write: true });
  if (tryLock(file, "exclusive")) return file;
  file.close();
  throw new Error("it is being written, or open in another process such as h5py; close that first");
}

/**
 * Removes the writer's mark if enough can be read, which it checks before. Otherwise the file is
 * unchanged.
 */
function closeIfSound(
  h5: H5,
  file: Deno.FsFile,
  path: string,
  head: Uint8Array,
  end: bigint,
): Survey {
  try {
    writeAt0(file, superblockOf(head, end, SuperblockFlag.writing | SuperblockFlag.swmr));
    stoppingPoint("repair.marked");
    const { events, ledger } = surveyMostly(h5, path);
    writeAt0(file, superblockOf(head, end, 0));
    stoppingPoint("repair.closed");
    const closed = surveyMostly(h5, path);
    // HDF5 reads zeros from a chunk that is cut off, but only while others may write.
    if (closed.events > events || closed.ledger > ledger) {
      throw new Error("two reads of it gave different results");
    }
    return closed;
  } catch (error) {
    writeAt0(file, head);
    throw error;
  }
}

/** What can be read of a file. It must be most of it. */
function surveyMostly(h5: H5, path: string): Survey {
  using reader = TableReader.openWith(h5, path);
  const found = survey(reader);
  const { rows, events } = found;
  if (rows - events > MAX_LOST_ROWS && !mayCut(reader, events)) {
    throw new Error(`only ${events} of its ${rows} events can be read in one piece`);
  }
  return found;
}

/**
 * Whether all readable rows come first, and are most of the rows: otherwise this was more than a
 * kill.
 */
function mayCut(reader: TableReader, events: number): boolean {
  if (events < reader.rows * (1 - MAX_LOST_PART)) return false;
  for (let row = events + BLOCK_ROWS; row < reader.rows; row += BLOCK_ROWS) {
    try {
      if (!isBlank(reader.read(row, 1), 0)) return false;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
    }
  }
  return true;
}

/** Whether the first block has a writer's mark, or an end after the end of the file. */
function needsRepair({ flags, endBytes, isSound }: Superblock, path: string): boolean {
  return flags !== 0 || !isSound || endBytes > BigInt(Deno.statSync(path).size);
}

function checkVersion({ version }: Superblock): void {
  if (version !== 3) throw new Error("ssdaq record did not write it");
}

function writeAt0(file: Deno.FsFile, bytes: Uint8Array): void {
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(bytes);
}

/** The report for a file that needs no repair. All of it must be readable. */
function reportOf(h5: H5, path: string): RepairReport {
  const { rows, ledgerRows, events, ledger, lastEvents } = surveyFile(h5, path);
  if (events < rows || ledger < ledgerRows) {
    const what = events < rows ? `events from row ${events}` : `the ledger from row ${ledger}`;
    throw new Error(`${what} on cannot be read, although its writer was not killed`);
  }
  return { path, wasDamaged: false, rows, lostRows: 0, ledgerRows, lostLedgerRows: 0, lastEvents };
}

/** What can be read of a file. */
interface Survey {
  /** Rows that its tables should have. */
  rows: number;
  ledgerRows: number;
  /** Number of readable rows from the first on. */
  events: number;
  ledger: number;
  lastEvents: readonly LastEvent[];
}

function surveyFile(h5: H5, path: string): Survey {
  using reader = TableReader.openWith(h5, path);
  return survey(reader);
}

function survey(reader: TableReader): Survey {
  const lastByRun = new Map<bigint, LastEvent>();
  const events = countReadable(
    reader.rows,
    BLOCK_ROWS,
    (firstRow, rows) => reader.read(firstRow, rows),
    (bytes) => {
      let rows = 0;
      for (; rows * ROW_BYTES < bytes.length; rows++) {
        if (isBlank(bytes, rows * ROW_BYTES)) break;
        const event = eventIn(bytes, rows * ROW_BYTES);
        const last = lastByRun.get(runKey(event));
        // A late event with a smaller number does not replace the last one.
        if (last === undefined || event.number > last.number) lastByRun.set(runKey(event), event);
      }
      return rows;
    },
  );
  const ledger = countReadable(
    reader.ledgerRows,
    BLOCK_ROWS,
    (firstRow, rows) => reader.readLedger(firstRow, rows),
    (bytes) => {
      let rows = 0;
      while (rows * LEDGER_ROW_BYTES < bytes.length && hasTime(bytes, rows * LEDGER_ROW_BYTES)) {
        rows++;
      }
      return rows;
    },
  );
  return {
    rows: reader.rows,
    ledgerRows: reader.ledgerRows,
    events,
    ledger,
    lastEvents: [...lastByRun.values()],
  };
}

/**
 * Counts rows until one cannot be read.
 *
 * @param count returns the number of complete rows in a block, from its first on
 */
function countReadable(
  rows: number,
  blockRows: number,
  read: (firstRow: number, rows: number) => Uint8Array,
  count: (bytes: Uint8Array) => number,
): number {
  let readable = 0;
  for (let step = blockRows; readable < rows;) {
    const want = Math.min(step, rows - readable);
    let got = 0;
    try {
      got = count(read(readable, want));
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
    }
    readable += got;
    if (got === want) continue;
    if (step === 1 || got > 0) break;
    // Only the end of a block may be damaged.
    step = 1;
  }
  return readable;
}

/** Whether a row was never written. HDF5 then reads zeros, and no event is all zeros. */
function isBlank(bytes: Uint8Array, at: number): boolean {
  for (let offset = 0; offset < ROW_BYTES; offset++) {
    if (bytes[at + offset] !== 0) return false;
  }
  return true;
}

function hasTime(bytes: Uint8Array, at: number): boolean {
  return bytes.subarray(at, at + 8).some((byte) => byte !== 0);
}

function cut(h5: H5, path: string, table: string, rows: number): void {
  const file = new H5File(h5, path, "append");
  try {
    file.resize(table, rows);
  } finally {
    file.close();
  }
}
