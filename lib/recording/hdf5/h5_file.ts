/**
 * An HDF5 file with the functions that tables need.
 *
 * @module
 */

import { type H5, H5Error } from "./h5.ts";
import type { NativeStringType } from "./h5_native.ts";
import type { HeldWrites } from "./held_writes.ts";

/** How a file is opened: `append` to write, `swmrRead` while another process writes. */
export type H5Mode = "append" | "read" | "swmrRead";

/** The value of an attribute; arrays are flattened. */
export type H5Attribute = string | number | bigint | (string | number | bigint)[];

/** A one-dimensional chunked table. */
export interface H5Table {
  rows: number;
  rowBytes: number;
  chunkRows: number;
  columns: { name: string; offset: number; bytes: number }[];
  filters: { name: string; parameters: number[] }[];
}

const MODES: Record<H5Mode, number> = { append: 1, read: 0, swmrRead: 64 };
const DATASET_TYPE = 1;
const STRING_TYPE: NativeStringType = {
  type: 3,
  size: 4,
  cset: 1,
  vlen: true,
  signed: false,
  shape: [],
};

/** An open HDF5 file. */
export class H5File {
  readonly #h5: H5;
  readonly #id: bigint;

  /**
   * Opens an existing file.
   *
   * @param held holds the writes to it. @default none: all are made at once
   */
  constructor(h5: H5, path: string, mode: H5Mode, held?: HeldWrites) {
    this.#h5 = h5;
    this.#id = h5.attemptOpen(held, (native) => {
      const version = mode === "append" ? native.H5F_LIBVER_V110 : -1;
      return native.open(path, MODES[mode], false, version, version);
    });
  }

  /** Lets others read while this process writes. From now on no attribute can be added. */
  startSwmr(): void {
    this.#h5.attempt((native) => native.H5Fstart_swmr_write(this.#id));
  }

  /** Whether a table exists at a path. */
  hasTable(path: string): boolean {
    try {
      return this.#h5.attempt((native) => native.get_type(this.#id, path) === DATASET_TYPE);
    } catch (error) {
      if (error instanceof H5Error) return false;
      throw error;
    }
  }

  /** A description of a table. */
  table(path: string): H5Table {
    const native = this.#h5.attempt((native) => native.get_dataset_metadata(this.#id, path));
    const filters = this.#h5.attempt((native) => native.get_dataset_filters(this.#id, path));
    return {
      rows: native.shape?.[0] ?? 0,
      rowBytes: native.size,
      chunkRows: native.chunks?.[0] ?? 0,
      columns: (native.compound_type?.members ?? [])
        .map(({ name, offset, size }) => ({ name, offset, bytes: size })),
      filters: filters.map((filter) => ({ name: filter.name, parameters: filter.cd_values })),
    };
  }

  /** The attributes of a table. */
  attributes(path: string): Record<string, H5Attribute> {
    const attributes = this.#h5.attempt(() => this.#h5.attributesOf(this.#id, path));
    return Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => [
        name,
        toAttribute(this.#h5.attempt(() => ({ value: attribute.value })).value),
      ]),
    );
  }

  /** Adds a text attribute to a table. */
  addAttribute(path: string, name: string, value: string): void {
    this.#h5.attempt((native) =>
      native.create_vlen_str_attribute(this.#id, path, name, [value], STRING_TYPE)
    );
  }

  /** Changes the number of rows of a table. */
  resize(path: string, rows: number): void {
    this.#h5.attempt((native) => native.resize_dataset(this.#id, path, [BigInt(rows)]));
  }

  /** Writes rows in the file's layout into a table that is long enough. */
  writeRows(path: string, firstRow: number, rows: number, bytes: Uint8Array): void {
    const at = this.#h5.scratch(bytes.length);
    this.#h5.attempt((native) => {
      native.HEAPU8.set(bytes, at);
      return native.set_dataset_data(this.#id, path, ...selection(firstRow, rows), BigInt(at));
    });
  }

  /** Reads rows in the file's layout. */
  readRows(path: string, firstRow: number, rows: number, rowBytes: number): Uint8Array {
    const bytes = rows * rowBytes;
    const at = this.#h5.scratch(bytes);
    return this.#h5.attempt((native) => {
      const status = native.get_dataset_data(
        this.#id,
        path,
        ...selection(firstRow, rows),
        BigInt(at),
      );
      return status < 0 ? status : native.HEAPU8.slice(at, at + bytes);
    }) as Uint8Array;
  }

  /** Passes everything to the operating system. */
  flush(): void {
    this.#h5.attempt((native) => native.flush(this.#id));
  }

  /** Closes the file. */
  close(): void {
    this.#h5.attempt((native) => native.close_file(this.#id));
  }
}

function selection(firstRow: number, rows: number): [bigint[], bigint[], bigint[]] {
  return [[BigInt(rows)], [BigInt(firstRow)], [1n]];
}

function toAttribute(value: unknown): H5Attribute {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (Array.isArray(value)) return value.flat(Infinity).map(toAttribute).flat();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<number | bigint>);
  return String(value);
}
