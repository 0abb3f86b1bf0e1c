/**
 * Repairs files whose writer was killed.
 *
 * A killed writer leaves two things in the first block of its file: the mark that it is open, for
 * which readers refuse it, and often an end of file from before the last rows, to which HDF5's own
 * tools would cut it. The end is set right; then every row is read, the mark is taken away, and a table
 * is cut to the rows that can be read, for the last ones may have been half on their way. Where some
 * can be read beyond those that cannot, more has happened than a kill, and nothing is cut.
 *
 * @module
 */

import { OperationError, reasonOf } from "../../errors.ts";
import { type LastEvent, runKey } from "../../wire/run_id.ts";
import { tryLock } from "../../files/file_lock.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { H5File } from "../hdf5/h5_file.ts";
import { LEDGER_PATH, LEDGER_ROW_BYTES } from "../table/ledger_row.ts";
import { ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import { eventIn } from "../table/row.ts";
import {
  decodeSuperblock,
  readHead,
  type Superblock,
  SuperblockFlag,
  superblockOf,
} from "../hdf5/superblock.ts";
import { TableReader } from "../read/table_reader.ts";

/** What a repair came to. */
export interface RepairReport {
  path: string;
  /** Whether there was something to repair; if not, the file is as it was, byte for byte. */
  wasDamaged: boolean;
  /** Events in the file now. */
  rows: number;
  /** Events at its end that could not be read and were cut off. */
  lostRows: number;
  /** Rows of the ledger now. */
  ledgerRows: number;
  /** Rows of the ledger that were cut off. */
  lostLedgerRows: number;
  /** The last event of each run, in the order in which the runs come. */
  lastEvents: readonly LastEvent[];
}

/** A table that loses more than this has not just lost its writer: it is left alone. */
const MAX_LOST_PART = 0.5;
/** But so many may always be lost: what a writer holds back at most. */
const MAX_LOST_ROWS = 64;

/** Events read at once. */
const BLOCK_ROWS = 64;

/**
 * Repairs a file in place, or finds that there is nothing to repair.
 *
 * @throws {OperationError} when it is none of ours, is being written, may not be written to, or is
 * damaged otherwise than by the death of its writer; then it is as it was
 */
export async function repairFile(path: string): Promise<RepairReport> {
  return repairWith(await loadH5(), path);
}

/**
 * The same at once, with the library that is loaded.
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
 * The last event of each run in a file, in the order in which the runs come.
 *
 * @throws {OperationError} when it cannot be read
 */
export async function lastEvents(path: string): Promise<readonly LastEvent[]> {
  using reader = await TableReader.open(path);
  return survey(reader).lastEvents;
}

function repair(h5: H5, path: string): RepairReport {
  if (!Deno.statSync(path).isFile) throw new Error("it is no plain file");
  const superblock = decodeSuperblock(readHead(path));
  checkVersion(superblock);
  if (!needsRepair(superblock, path)) return reportOf(h5, path);
  using file = Deno.openSync(path, { read: true, write: true });
  if (!tryLock(file, "exclusive")) {
    throw new Error("it is being written, or open in another process such as h5py; end that first");
  }
  // Looked at again, now that nobody can change it.
  const head = readHead(path);
  if (!needsRepair(decodeSuperblock(head), path)) return reportOf(h5, path);
  if (!decodeSuperblock(head).isSound) throw new Error("its first block is damaged");
  const end = BigInt(file.statSync().size);
  const { rows, ledgerRows, events, ledger, lastEvents } = closeIfSound(h5, file, path, head, end);
  // Each cut sets the mark of a writer while it lasts: after a kill there is something to repair.
  try {
    if (events < rows) cut(h5, path, TABLE_PATH, events);
    if (ledger < ledgerRows) cut(h5, path, LEDGER_PATH, ledger);
  } catch (error) {
    // So that it can be tried again.
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

/**
 * Takes the mark of a writer away when enough can be read, which it finds out before; else the file
 * is as it was.
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
    const { events, ledger } = surveyMostly(h5, path);
    writeAt0(file, superblockOf(head, end, 0));
    const closed = surveyMostly(h5, path);
    // Of a chunk that is cut off HDF5 reads zeros, but only while others may write.
    if (closed.events > events || closed.ledger > ledger) {
      throw new Error("it cannot be read the same way twice");
    }
    return closed;
  } catch (error) {
    writeAt0(file, head);
    throw error;
  }
}

/** What can be read of a file, which must be most of it. */
function surveyMostly(h5: H5, path: string): Survey {
  using reader = TableReader.openWith(h5, path);
  const found = survey(reader);
  const { rows, events } = found;
  if (rows - events > MAX_LOST_ROWS && !mayCut(reader, events)) {
    throw new Error(`only ${events} of its ${rows} events can be read in one piece`);
  }
  return found;
}

/** Whether all that is readable comes first, and is most of it: else more has happened than a kill. */
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

/** Whether the first block tells of a writer, or of an end beyond that of the file. */
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

/** What a file holds that needs no repair: all of it must be readable. */
function reportOf(h5: H5, path: string): RepairReport {
  const { rows, ledgerRows, events, ledger, lastEvents } = surveyFile(h5, path);
  if (events < rows || ledger < ledgerRows) {
    const what = events < rows ? `events from row ${events}` : `the ledger from row ${ledger}`;
    throw new Error(`${what} on cannot be read, though its writer was not killed`);
  }
  return { path, wasDamaged: false, rows, lostRows: 0, ledgerRows, lostLedgerRows: 0, lastEvents };
}

/** What can be read of a file. */
interface Survey {
  /** Rows that its tables should have. */
  rows: number;
  ledgerRows: number;
  /** Rows from the first on that can be read. */
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
        // One that came late does not take its run back.
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
 * @param count says how many rows of a block are whole, from its first on
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
    // A block may be damaged at its end only.
    step = 1;
  }
  return readable;
}

/** Whether a row has never been written: HDF5 reads zeros then, and no event is all zero. */
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
