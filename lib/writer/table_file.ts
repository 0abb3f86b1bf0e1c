/**
 * One file with the table of events, open for writing.
 *
 * @module
 */

import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { type Compression, templateOf } from "./compression.ts";
import type { H5 } from "./h5.ts";
import { H5File } from "./h5_file.ts";
import { COLUMNS, ROW_BYTES, TABLE_PATH } from "./row.ts";

/** What a file is made with. */
export interface TableFileOptions {
  /** How its rows are compressed. */
  compression: Compression;
  /** Text attributes of the table. */
  provenance: Record<string, string>;
  /** Replaces an existing file; by default one is refused. */
  force?: boolean;
}

/** Attributes that the table has by itself. */
const RESERVED = new Set([
  "CLASS",
  "VERSION",
  "TITLE",
  "NROWS",
  "ss_data_version",
  "ssl2asic_ch",
  ...Object.keys(COLUMNS).map((_, index) => `FIELD_${index}_NAME`),
]);

/**
 * Checks names of text attributes.
 *
 * @throws {ConfigurationError} for a name that is empty or that the table uses itself
 */
export function checkProvenance(provenance: Record<string, string>): void {
  for (const name of Object.keys(provenance)) {
    if (name === "") throw new ConfigurationError("provenance: an attribute needs a name");
    if (RESERVED.has(name)) {
      throw new ConfigurationError(
        `provenance: '${name}' is an attribute of the table itself; use another name`,
      );
    }
  }
}

/**
 * A growing file. Others can read it from the moment it exists (HDF5 SWMR); what was flushed
 * survives the death of this process.
 */
export class TableFile {
  /** Path of the file. */
  readonly path: string;
  readonly #file: H5File;
  #rows = 0;

  /**
   * Creates the file, with its attributes and no rows.
   *
   * @throws {Deno.errors.AlreadyExists} when there is one and `force` is not set
   * @throws {OperationError} when it cannot be made
   */
  constructor(h5: H5, path: string, { compression, provenance, force = false }: TableFileOptions) {
    const template = templateOf(compression);
    try {
      // A file that is replaced is unlinked, not emptied: who reads it can go on.
      if (force) removeIfThere(path);
      Deno.writeFileSync(path, template, { createNew: true });
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) throw error;
      throw new OperationError(`cannot create ${path}: ${messageOf(error)}`, { cause: error });
    }
    try {
      this.#file = new H5File(h5, path, "append");
      for (const [name, text] of Object.entries(provenance)) {
        this.#file.addAttribute(TABLE_PATH, name, text);
      }
      // Makes the index of chunks while nobody reads yet: made with the first rows, it reaches the
      // disk after them, and a live reader sees zeros for a moment.
      this.#file.resize(TABLE_PATH, 1);
      this.#file.writeRows(TABLE_PATH, 0, 1, new Uint8Array(ROW_BYTES));
      this.#file.resize(TABLE_PATH, 0);
      this.#file.startSwmr();
    } catch (error) {
      removeIfThere(path);
      throw new OperationError(`cannot start ${path}: ${messageOf(error)}`, { cause: error });
    }
    this.path = path;
  }

  /** Rows in the file. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Size of the file.
   *
   * @throws {OperationError} when it is not there any more
   */
  get bytes(): number {
    try {
      return Deno.statSync(this.path).size;
    } catch (error) {
      throw this.#failure("find", error);
    }
  }

  /**
   * Appends rows.
   *
   * @param bytes a whole number of rows as in `row.ts`
   * @throws {OperationError} when they cannot be written; the file has the rows of before
   */
  append(bytes: Uint8Array): void {
    const count = bytes.length / ROW_BYTES;
    try {
      this.#file.resize(TABLE_PATH, this.#rows + count);
      this.#file.writeRows(TABLE_PATH, this.#rows, count, bytes);
    } catch (error) {
      this.#tryTo(() => this.#file.resize(TABLE_PATH, this.#rows));
      throw this.#failure("write to", error);
    }
    this.#rows += count;
  }

  /**
   * Hands what was appended to the operating system, where other processes see it.
   *
   * @throws {OperationError} when that fails
   */
  flush(): void {
    try {
      this.#file.flush();
    } catch (error) {
      throw this.#failure("write to", error);
    }
  }

  /**
   * Closes the file, which is a plain HDF5 file from then on.
   *
   * @throws {OperationError} when that fails
   */
  close(): void {
    try {
      this.#file.close();
    } catch (error) {
      throw this.#failure("close", error);
    }
  }

  /** Closes the file after a failure, as well as that goes. */
  abandon(): void {
    this.#tryTo(() => this.#file.close());
  }

  #failure(action: string, error: unknown): OperationError {
    const advice = error instanceof Deno.errors.NotFound
      ? "something removed it while it was written"
      : `it holds ${this.#rows} rows; free space or record to another place`;
    return new OperationError(`cannot ${action} ${this.path}: ${messageOf(error)}; ${advice}`, {
      cause: error,
    });
  }

  #tryTo(action: () => void): void {
    try {
      action();
    } catch {
      // The failure before this one is what is reported.
    }
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
