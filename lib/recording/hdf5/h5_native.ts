/**
 * Types for the native functions of h5wasm that ssdaq uses. h5wasm has types only for its classes.
 *
 * @module
 */

/** h5wasm's description of a table. */
export interface NativeTable {
  size: number;
  shape: number[] | null;
  chunks: number[] | null;
  compound_type?: { members: { name: string; offset: number; size: number }[] };
}

/** An open file of Emscripten. */
export interface NativeStream {
  fd: number;
}

/** Emscripten's file system. Everything is read and written through it. */
export interface NativeFileSystem {
  /** The type of error that its functions throw. Emscripten turns it into an `errno`. */
  ErrnoError: new (errno: number) => Error;
  open(path: string, flags: number, mode?: number): NativeStream;
  /** The open file with this number. */
  getStreamChecked(fd: number): NativeStream;
  read(
    stream: NativeStream,
    buffer: Int8Array<ArrayBuffer>,
    offset: number,
    length: number,
    position?: number,
  ): number;
  ftruncate(fd: number, length: number): void;
  write(
    stream: NativeStream,
    buffer: Int8Array<ArrayBuffer>,
    offset: number,
    length: number,
    position?: number,
  ): number;
}

/** The native functions of h5wasm that ssdaq uses. A returned `number` is negative on failure. */
export interface Native {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  readonly FS: NativeFileSystem;
  readonly H5F_LIBVER_V110: number;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint;
  H5Fstart_swmr_write(file: bigint): number;
  flush(file: bigint): number;
  close_file(file: bigint): number;
  get_type(file: bigint, path: string): number;
  get_dataset_metadata(file: bigint, path: string): NativeTable;
  get_dataset_filters(file: bigint, path: string): { name: string; cd_values: number[] }[];
  resize_dataset(file: bigint, path: string, shape: bigint[]): number;
  set_dataset_data: Transfer;
  get_dataset_data: Transfer;
  create_vlen_str_attribute(
    file: bigint,
    path: string,
    name: string,
    values: string[],
    type: NativeStringType,
  ): number;
}

/** Reads rows into memory, or writes rows from memory. */
type Transfer = (
  file: bigint,
  path: string,
  count: bigint[],
  offset: bigint[],
  strides: bigint[],
  pointer: bigint,
) => number;

/** h5wasm's description of a string; `type` 3 is the class of strings, `cset` 1 is UTF-8. */
export interface NativeStringType {
  type: 3;
  size: 4;
  cset: 1;
  vlen: true;
  signed: false;
  shape: [];
}
