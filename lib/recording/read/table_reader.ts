/**
 * Reads a file that an `EventWriter` wrote, or is writing.
 *
 * @module
 */

import { messageOf, OperationError } from "../../errors.ts";
import { type H5, loadH5 } from "../hdf5/h5.ts";
import { type H5Attribute, H5File, type H5Table } from "../hdf5/h5_file.ts";
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
import { COLUMNS, EARLIER_ROW_BYTES, ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import { withEpoch } from "../table/row.ts";
import { decodeSuperblock, readHead, SuperblockFlag } from "../hdf5/superblock.ts";

/** Rows that stand next to each other. */
export interface RowBlock {
  /** Index of the first one in the table. */
  firstRow: number;
  /** How many there are. */
  rows: number;
  /** Their bytes; `decodeRow` takes them apart. */
  bytes: Uint8Array;
}

/** What a file says about how it came about. */
export interface FileAccount extends LedgerRow {
  /** Whether these are the last values, of a file that was closed. */
  closed: boolean;
}

/** An open file. The number of rows is that of the moment it was opened. */
export class TableReader implements Disposable {
  /** Path of the file. */
  readonly path: string;
  /** Rows in the table. */
  readonly rows: number;
  /** Rows in the table of the ledger; 0 if the file has none. */
  readonly ledgerRows: number;
  /** Size of the file. */
  readonly bytes: number;
  /** Whether a writer has it open, or was killed while it had. */
  readonly unclosed: boolean;
  /** Rows of one chunk. */
  readonly chunkRows: number;
  /** What is done to each chunk, in order: `shuffle`, `gzip:1`, `fletcher32`. */
  readonly filters: readonly string[];
  /** The table's attributes. */
  readonly attributes: Readonly<Record<string, H5Attribute>>;
  /** Whether its rows have the epoch; those of earlier versions have none, and are read with 0. */
  readonly hasEpoch: boolean;
  readonly #file: H5File;
  readonly #ledger: LedgerTable;

  private constructor(h5: H5, path: string) {
    this.path = path;
    const { isFile, size } = statFile(path);
    if (!isFile) throw new Error("it is no plain file");
    this.bytes = size;
    this.unclosed = isUnclosed(path);
    this.#file = new H5File(h5, path, this.unclosed ? "swmrRead" : "read");
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
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /**
   * Opens a file.
   *
   * @throws {OperationError} when it cannot be read or is none of ours
   */
  static async open(path: string): Promise<TableReader> {
    return TableReader.openWith(await loadH5(), path);
  }

  /**
   * The same at once, with the library that is loaded.
   *
   * @throws {OperationError} when it cannot be read or is none of ours
   */
  static openWith(h5: H5, path: string): TableReader {
    try {
      return new TableReader(h5, path);
    } catch (error) {
      throw new OperationError(
        `cannot read ${path}: ${messageOf(error)}; give a file that ssdaq record wrote`,
        { cause: error },
      );
    }
  }

  /**
   * The rows, block by block.
   *
   * @param rowsPerBlock the most that one block has; 1..., best a multiple of `chunkRows`
   * @throws {OperationError} at rows that are damaged
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
   * @throws {OperationError} when they are damaged
   */
  read(firstRow: number, rows: number): Uint8Array {
    if (this.hasEpoch) return this.#read(TABLE_PATH, ROW_BYTES, firstRow, rows);
    return withEpoch(this.#read(TABLE_PATH, EARLIER_ROW_BYTES, firstRow, rows));
  }

  /**
   * The bytes of some rows of the ledger; `decodeLedgerRow` takes them apart.
   *
   * @throws {OperationError} when they are damaged
   */
  readLedger(firstRow: number, rows: number): Uint8Array {
    const { columns, indices } = this.#ledger;
    const bytes = this.#read(LEDGER_PATH, 8 * columns, firstRow, rows);
    return indices === undefined ? bytes : withLedgerColumns(bytes, indices, columns);
  }

  /**
   * The account: the totals of a file that was closed, else the last row of its ledger; undefined
   * when it has none.
   *
   * @throws {OperationError} when it is damaged
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
        { cause: error },
      );
    }
  }
}

/** The table of the ledger in a file. */
interface LedgerTable {
  rows: number;
  /** How many columns it has. */
  columns: number;
  /** Where in its rows our columns are; undefined where it has just these, in their order. */
  indices: readonly number[] | undefined;
}

function ledgerOf(file: H5File): LedgerTable {
  const none = { rows: 0, columns: 0, indices: undefined };
  if (!file.hasTable(LEDGER_PATH)) return none;
  const { rows, rowBytes, columns } = file.table(LEDGER_PATH);
  if (rowBytes !== 8 * columns.length || columns.some(({ bytes }) => bytes !== 8)) return none;
  const names = columns.map(({ name }) => name);
  // A version with other counters wrote it: those that we have too are read.
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

/** Whether the file has the mark that HDF5 leaves in it while it is being written. */
function isUnclosed(path: string): boolean {
  const { flags } = decodeSuperblock(readHead(path));
  const isOpen = (flags & SuperblockFlag.writing) !== 0;
  if (isOpen && (flags & SuperblockFlag.swmr) === 0) {
    throw new Error("another program has it open for writing, or was killed while it had");
  }
  return isOpen;
}

/** The least that a chunk takes in a file, with its place in the index. */
const MIN_CHUNK_BYTES = 32;

/** A damaged number of rows must not be read through for ever. */
function checkRoom({ rows, chunkRows }: H5Table, fileBytes: number): void {
  const chunks = Math.ceil(rows / chunkRows);
  if (!(chunks * MIN_CHUNK_BYTES <= fileBytes)) {
    throw new Error(`it says that it has ${rows} rows, for which it has no room`);
  }
}

/** Whether its rows have the epoch; they must have all other columns. */
function hasEpoch({ rowBytes, columns }: H5Table): boolean {
  for (const [name, { offset, bytes }] of Object.entries(COLUMNS)) {
    const column = columns.find((column) => column.name === name);
    if (!column && name === "epoch" && rowBytes === EARLIER_ROW_BYTES) return false;
    if (!column) throw new Error(`its table has no column ${name}`);
    if (column.offset !== offset || column.bytes !== bytes) {
      throw new Error(`its column ${name} is laid out differently`);
    }
  }
  if (rowBytes !== ROW_BYTES) throw new Error("its table has further columns");
  return true;
}
