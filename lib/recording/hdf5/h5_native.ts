/**
 * The native functions of h5wasm that are used, typed. Its own types stop at its classes.
 *
 * @module
 */

/** A table as h5wasm describes it. */
export interface NativeTable {
  size: number;
  shape: number[] | null;
  chunks: number[] | null;
  compound_type?: { members: { name: string; offset: number; size: number }[] };
}

/** The file system of Emscripten, through which everything is read and written. */
export interface NativeFileSystem {
  /** What its functions throw; Emscripten makes an `errno` of it. */
  ErrnoError: new (errno: number) => Error;
  read(
    stream: { fd: number },
    buffer: Int8Array<ArrayBuffer>,
    offset: number,
    length: number,
    position?: number,
  ): number;
  ftruncate(fd: number, length: number): void;
  write(
    stream: { fd: number },
    buffer: Int8Array<ArrayBuffer>,
    offset: number,
    length: number,
    position?: number,
  ): number;
}

/** What is used of h5wasm's native functions; each `number` returned is negative on failure. */
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

/** Reads rows into memory or writes them from there. */
type Transfer = (
  file: bigint,
  path: string,
  count: bigint[],
  offset: bigint[],
  strides: bigint[],
  pointer: bigint,
) => number;

/** How h5wasm describes a string; `type` 3 is the class of strings, `cset` 1 UTF-8. */
export interface NativeStringType {
  type: 3;
  size: 4;
  cset: 1;
  vlen: true;
  signed: false;
  shape: [];
}
