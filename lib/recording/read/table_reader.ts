/**
 * Reads a file that an `EventWriter` wrote or is writing.
 *
 * @module
 */

import { messageOf, OperationError } from "../../errors.ts";
import { kindOf } from "../../files/file_kind.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { type H5Attribute, H5File, type H5Table } from "../hdf5/h5_file.ts";
import type { HeldWrites } from "../hdf5/held_writes.ts";
import { decodeSuperblock, readHead, SuperblockFlag } from "../hdf5/superblock.ts";
import { journalPath } from "../journal/journal.ts";
import { COLUMNS, EARLIER_ROW_BYTES, ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import {
  decodeLedgerRow,
  LEDGER_COLUMNS,
  LEDGER_COUNTERS,
  LEDGER_PATH,
  ledgerColumnsIn,
  ledgerOfValues,
  type LedgerRow,
  withLedgerColumns,
} from "../table/ledger_row.ts";
import { withEpoch } from "../table/row.ts";

/** Consecutive rows. */
export interface RowBlock {
  /** Index of the first row in the table. */
  firstRow: number;
  /** Number of rows. */
  rows: number;
  /** Their bytes; `decodeRow` decodes them. */
  bytes: Uint8Array;
}

/** The account in a file. */
export interface FileAccount extends LedgerRow {
  /** Whether these are the final values of a closed file. */
  closed: boolean;
}

/** An open file. The number of rows is fixed when it is opened. */
export class TableReader implements Disposable {
  /** Path of the file. */
  readonly path: string;
  /** Rows in the table. */
  readonly rows: number;
  /** Rows in the ledger table; 0 if the file has none. */
  readonly ledgerRows: number;
  /** Whether it has a ledger table that can be read. */
  readonly hasLedger: boolean;
  /** Size of the file. */
  readonly bytes: number;
  /** Whether a writer has it open, or was killed while it was open. */
  readonly unclosed: boolean;
  /** Number of rows in a chunk. */
  readonly chunkRows: number;
  /** The filters of each chunk, in order: `shuffle`, `gzip:1`, `fletcher32`. */
  readonly filters: readonly string[];
  /** The table's attributes. */
  readonly attributes: Readonly<Record<string, H5Attribute>>;
  /**
   * Whether its rows have an epoch. Rows of earlier versions have none; they are read with epoch 0.
   */
  readonly hasEpoch: boolean;
  readonly #file: H5File;
  readonly #ledger: LedgerTable;

  private constructor(h5: H5, path: string, held: HeldWrites | undefined) {
    this.path = path;
    const { isFile, size } = statFile(path);
    if (!isFile) throw new Error("it is not a plain file");
    this.bytes = size;
    this.unclosed = isUnclosed(path, held);
    this.#file = new H5File(h5, path, this.unclosed ? "swmrRead" : "read", held);
    try {
      if (!this.#file.hasTable(TABLE_PATH)) {
        throw new Error(`it has no table ${TABLE_PATH}, or is damaged`);
      }
      const table = this.#file.table(TABLE_PATH);
      this.hasEpoch = hasEpoch(table);
      checkRoom(table, size);
      this.rows = table.rows;
      this.chunkRows = table.chunkRows;
      this.filters = table.filters.map(({ name, parameters }) =>
        name === "deflate" ? `gzip:${parameters[0]}` : name
      );
      this.attributes = this.#file.attributes(TABLE_PATH);
      this.#ledger = ledgerOf(this.#file);
      this.ledgerRows = this.#ledger.rows;
      this.hasLedger = this.#ledger.columns > 0;
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /**
   * Opens a file.
   *
   * @throws {OperationError} if it cannot be read or is not an ssdaq file
   */
  static async open(path: string): Promise<TableReader> {
    return TableReader.openWith(await loadH5(), path);
  }

  /**
   * The same without waiting, with a library that is loaded already.
   *
   * @param held is read as if it was written to the file. @default nothing
   * @throws {OperationError} if it cannot be read or is not an ssdaq file
   */
  static openWith(h5: H5, path: string, held?: HeldWrites): TableReader {
    try {
      return new TableReader(h5, path, held);
    } catch (error) {
      const isStopped = wasStopped(path);
      const code = isStopped
        ? "recording.stopped"
        : kindOf(path) === "file"
        ? "recording.unreadable"
        : undefined;
      throw new OperationError(
        `cannot read ${path}: ${messageOf(error)}; ` +
          (isStopped
            ? "its recorder was stopped while it wrote"
            : "give a file that ssdaq record wrote"),
        { cause: error, code },
      );
    }
  }

  /**
   * The rows, block by block.
   *
   * @param rowsPerBlock maximum number of rows in a block; 1..., best a multiple of `chunkRows`
   * @throws {OperationError} at damaged rows
   */
  *blocks(rowsPerBlock = 64): Generator<RowBlock> {
    for (let firstRow = 0; firstRow < this.rows; firstRow += rowsPerBlock) {
      const rows = Math.min(rowsPerBlock, this.rows - firstRow);
      yield { firstRow, rows, bytes: this.read(firstRow, rows) };
    }
  }

  /**
   * The bytes of some rows.
   *
   * @throws {OperationError} if they are damaged
   */
  read(firstRow: number, rows: number): Uint8Array {
    if (this.hasEpoch) return this.#read(TABLE_PATH, ROW_BYTES, firstRow, rows);
    return withEpoch(this.#read(TABLE_PATH, EARLIER_ROW_BYTES, firstRow, rows));
  }

  /**
   * The bytes of some ledger rows; `decodeLedgerRow` decodes them.
   *
   * @throws {OperationError} if they are damaged
   */
  readLedger(firstRow: number, rows: number): Uint8Array {
    const { columns, indices } = this.#ledger;
    const bytes = this.#read(LEDGER_PATH, 8 * columns, firstRow, rows);
    return indices === undefined ? bytes : withLedgerColumns(bytes, indices, columns);
  }

  /**
   * The account: the totals of a closed file, else the last row of its ledger; undefined if there
   * is none.
   *
   * @throws {OperationError} if it is damaged
   */
  account(): FileAccount | undefined {
    if (this.ledgerRows === 0) return undefined;
    const last = decodeLedgerRow(this.readLedger(this.ledgerRows - 1, 1));
    const attributes = this.#file.attributes(LEDGER_PATH);
    if (Number(attributes.closed) !== 1) return { ...last, closed: false };
    const totals = LEDGER_COUNTERS.map(({ column }) => Number(attributes[`total_${column}`] ?? 0));
    return { ...last, ledger: ledgerOfValues(totals), closed: true };
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(path: string, rowBytes: number, firstRow: number, rows: number): Uint8Array {
    try {
      return this.#file.readRows(path, firstRow, rows, rowBytes);
    } catch (error) {
      const what = path === LEDGER_PATH ? "ledger rows" : "rows";
      throw new OperationError(
        `cannot read ${what} ${firstRow} to ${firstRow + rows - 1} of ${this.path}: ` +
          `${messageOf(error)}; the file is damaged there`,
        { cause: error, code: "recording.damaged" },
      );
    }
  }
}

/** The ledger table of a file. */
interface LedgerTable {
  rows: number;
  /** Number of its columns. */
  columns: number;
  /** Indices of our columns in its rows; undefined if it has exactly our columns in our order. */
  indices: readonly number[] | undefined;
}

function ledgerOf(file: H5File): LedgerTable {
  const none = { rows: 0, columns: 0, indices: undefined };
  if (!file.hasTable(LEDGER_PATH)) return none;
  const { rows, rowBytes, columns } = file.table(LEDGER_PATH);
  if (rowBytes !== 8 * columns.length || columns.some(({ bytes }) => bytes !== 8)) return none;
  const names = columns.map(({ name }) => name);
  // A version with other counters wrote it. The counters that we know are read.
  const indices = ledgerColumnsIn(names);
  if (indices === undefined) return none;
  const isOurs = names.length === LEDGER_COLUMNS.length &&
    indices.every((from, to) => from === to);
  return { rows, columns: names.length, indices: isOurs ? undefined : indices };
}

function statFile(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("there is no such file");
    throw error;
  }
}

/** Whether a recorder left a journal, or the mark of a writer, so that a repair may help. */
function wasStopped(path: string): boolean {
  try {
    // To open anything else might never end.
    if (kindOf(path) !== "file") return false;
    return kindOf(journalPath(path)) === "file" || decodeSuperblock(readHead(path)).flags !== 0;
  } catch {
    return false;
  }
}

/** Whether HDF5's mark of a file that is being written is set. */
function isUnclosed(path: string, held: HeldWrites | undefined): boolean {
  const head = readHead(path);
  held?.patch(0, head);
  const { flags } = decodeSuperblock(head);
  const isOpen = (flags & SuperblockFlag.writing) !== 0;
  if (isOpen && (flags & SuperblockFlag.swmr) === 0) {
    throw new Error("another program has it open for writing, or was killed while it was open");
  }
  return isOpen;
}

/** Smallest size of a chunk in a file, with its entry in the index. */
const MIN_CHUNK_BYTES = 32;

/** A damaged number of rows must not cause an endless read. */
function checkRoom({ rows, chunkRows }: H5Table, fileBytes: number): void {
  const chunks = Math.ceil(rows / chunkRows);
  if (!(chunks * MIN_CHUNK_BYTES <= fileBytes)) {
    throw new Error(`it claims ${rows} rows, but is too small for them`);
  }
}

/** Whether its rows have an epoch. All other columns are required. */
function hasEpoch({ rowBytes, columns }: H5Table): boolean {
  for (const [name, { offset, bytes }] of Object.entries(COLUMNS)) {
    const column = columns.find((column) => column.name === name);
    if (!column && name === "epoch" && rowBytes === EARLIER_ROW_BYTES) return false;
    if (!column) throw new Error(`its table does not have the column ${name}`);
    if (column.offset !== offset || column.bytes !== bytes) {
      throw new Error(`its column ${name} has a different layout`);
    }
  }
  if (rowBytes !== ROW_BYTES) throw new Error("its table has more columns");
  return true;
}
