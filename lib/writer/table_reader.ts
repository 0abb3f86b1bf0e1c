/**
 * Reads a file that an `EventWriter` wrote, or is writing.
 *
 * @module
 */

import { messageOf, OperationError } from "../errors.ts";
import { type H5, loadH5 } from "./h5.ts";
import { type H5Attribute, H5File, type H5Table } from "./h5_file.ts";
import { COLUMNS, ROW_BYTES, TABLE_PATH } from "./row.ts";

/** Rows that stand next to each other. */
export interface RowBlock {
  /** Index of the first one in the table. */
  firstRow: number;
  /** How many there are. */
  rows: number;
  /** Their bytes; `decodeRow` takes them apart. */
  bytes: Uint8Array;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Where the first block of a file has its version, and from version 3 on its flags. */
const VERSION_AT = 8;
const FLAGS_AT = 11;
const OPEN_FOR_WRITING = 1;
const OPEN_FOR_SWMR = 4;

/** An open file. The number of rows is that of the moment it was opened. */
export class TableReader implements Disposable {
  /** Path of the file. */
  readonly path: string;
  /** Rows in the table. */
  readonly rows: number;
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
  readonly #file: H5File;

  private constructor(h5: H5, path: string) {
    this.path = path;
    const { isFile, size } = statFile(path);
    if (!isFile) throw new Error("it is no plain file");
    this.bytes = size;
    this.unclosed = isUnclosed(path);
    this.#file = new H5File(h5, path, this.unclosed ? "swmrRead" : "read");
    try {
      if (!this.#file.hasTable(TABLE_PATH)) throw new Error(`it has no table ${TABLE_PATH}`);
      const table = this.#file.table(TABLE_PATH);
      checkColumns(table);
      this.rows = table.rows;
      this.chunkRows = table.chunkRows;
      this.filters = table.filters.map(({ name, parameters }) =>
        name === "deflate" ? `gzip:${parameters[0]}` : name
      );
      this.attributes = this.#file.attributes(TABLE_PATH);
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
    const h5 = await loadH5();
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
      yield { firstRow, rows, bytes: this.#read(firstRow, rows) };
    }
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(firstRow: number, rows: number): Uint8Array {
    try {
      return this.#file.readRows(TABLE_PATH, firstRow, rows, ROW_BYTES);
    } catch (error) {
      throw new OperationError(
        `cannot read rows ${firstRow} to ${firstRow + rows - 1} of ${this.path}: ` +
          `${messageOf(error)}; the file is damaged there`,
        { cause: error },
      );
    }
  }
}

function statFile(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("there is no such file");
    throw error;
  }
}

/** Reads the mark that HDF5 leaves in a file while it is being written. */
function isUnclosed(path: string): boolean {
  using file = Deno.openSync(path);
  const head = new Uint8Array(FLAGS_AT + 1);
  const length = file.readSync(head) ?? 0;
  if (length === 0) throw new Error("it is empty");
  if (SIGNATURE.some((byte, index) => head[index] !== byte)) throw new Error("it is not HDF5");
  if (head[VERSION_AT] < 3) return false;
  const isOpen = (head[FLAGS_AT] & OPEN_FOR_WRITING) !== 0;
  if (isOpen && (head[FLAGS_AT] & OPEN_FOR_SWMR) === 0) {
    throw new Error("another program has it open for writing, or was killed while it had");
  }
  return isOpen;
}

function checkColumns({ rowBytes, columns }: H5Table): void {
  for (const [name, { offset, bytes }] of Object.entries(COLUMNS)) {
    const column = columns.find((column) => column.name === name);
    if (!column) throw new Error(`its table has no column ${name}`);
    if (column.offset !== offset || column.bytes !== bytes) {
      throw new Error(`its column ${name} is laid out differently`);
    }
  }
  if (rowBytes !== ROW_BYTES) throw new Error("its table has further columns");
}
