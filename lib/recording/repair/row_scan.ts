/**
 * Finds rows in the bytes of a file, without HDF5 and whatever became of its records.
 *
 * Compressed chunks begin with zlib's mark, and zlib's checksum tells whether one is whole. Rows
 * that are not compressed have no checksum. They are known by their receive time, which is stored
 * twice. A row of which the disk lacks a part has zeros there: at least 512 bytes, a sector. Such a
 * row is counted, and not taken.
 *
 * @module
 */

import { inflateSync } from "node:zlib";
import { SLOTS, slotsOf } from "../../wire/camera.ts";
import type { ByteStore } from "../hdf5/byte_store.ts";
import { CHUNK_ROWS, COLUMNS, ROW_BYTES } from "../table/columns.ts";
import { LEDGER_COLUMNS, LEDGER_ROW_BYTES } from "../table/ledger_row.ts";

/** Rows that were found together. */
export interface FoundRows {
  /** `chunk`: compressed events; `row`: an event; `ledgerRow`: counters; `tornRow`: not whole. */
  kind: "chunk" | "row" | "ledgerRow" | "tornRow";
  /** Offset in the file, and size there. */
  at: number;
  bytesThere: number;
  /** The rows, one after the other. Those that were never written are zeros. */
  bytes: Uint8Array;
}

const CHUNK_BYTES = CHUNK_ROWS * ROW_BYTES;
const SECTOR_BYTES = 512;
/** No chunk is larger in a file: zlib adds 5 bytes to each 16 KiB that it cannot make smaller. */
const MAX_THERE_BYTES = CHUNK_BYTES + 1024;
/** Bytes that are looked at at once. */
const WINDOW_BYTES = 4 * 2 ** 20;

/**
 * The rows that begin in a part of a file, in order. Up to 5 MB are in memory.
 *
 * @param from, to the part, as offsets
 */
export function* scanRows(file: ByteStore, from: number, to: number): Generator<FoundRows> {
  const window = new Uint8Array(WINDOW_BYTES + MAX_THERE_BYTES);
  for (let start = from; start < to;) {
    const length = file.readAt(start, window);
    const bytes = window.subarray(0, length);
    const end = Math.min(to - start, WINDOW_BYTES, length);
    if (end === 0) return;
    let at = 0;
    while (at < end) {
      const found = rowsAt(bytes, at, start);
      if (found !== undefined) yield found;
      at += found?.bytesThere ?? 1;
    }
    start += at;
  }
}

/** Reads again what {@linkcode scanRows} found. */
export function readFound(file: ByteStore, at: number, bytesThere: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(bytesThere, ROW_BYTES));
  const there = bytes.subarray(0, file.readAt(at, bytes));
  return rowsAt(there, 0, at)?.bytes ?? new Uint8Array();
}

function rowsAt(bytes: Uint8Array, at: number, start: number): FoundRows | undefined {
  if (bytes[at] === ZLIB_MARK) {
    const chunk = chunkAt(bytes, at, start);
    if (chunk !== undefined) return chunk;
  }
  // Most bytes are none of these: only few are looked at closely.
  if (bytes[at + TIME_AT + 7] === TIME_BYTE && bytes[at + SECONDS_AT + 4] === 0) {
    const row = rowAt(bytes, at, start);
    if (row !== undefined) return row;
  }
  return bytes[at + 7] === TIME_BYTE ? ledgerRowAt(bytes, at, start) : undefined;
}

/** The first byte of zlib's data. The second one depends on the level. */
const ZLIB_MARK = 0x78;
const ZLIB_LEVELS: ReadonlySet<number | undefined> = new Set([0x01, 0x5e, 0x9c, 0xda]);
const FLETCHER_BYTES = 4;

/** A chunk, as its filters store it: shuffled, compressed, with a checksum behind it. */
function chunkAt(bytes: Uint8Array, at: number, start: number): FoundRows | undefined {
  if (!ZLIB_LEVELS.has(bytes[at + 1])) return undefined;
  const inflated = inflate(bytes.subarray(at, at + MAX_THERE_BYTES));
  if (inflated?.bytes.length !== CHUNK_BYTES) return undefined;
  return {
    kind: "chunk",
    at: start + at,
    bytesThere: inflated.bytesThere + FLETCHER_BYTES,
    bytes: unshuffled(inflated.bytes),
  };
}

function inflate(bytes: Uint8Array): { bytes: Uint8Array; bytesThere: number } | undefined {
  try {
    const { buffer, engine } = inflateSync(bytes, {
      info: true,
      maxOutputLength: CHUNK_BYTES,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
    return { bytes: buffer, bytesThere: engine.bytesWritten };
  } catch {
    // These bytes only look like zlib's mark, or a part of the chunk is missing.
    return undefined;
  }
}

/** HDF5's filter stores all first bytes of the rows, then all second ones, and so on. */
function unshuffled(bytes: Uint8Array): Uint8Array {
  const rows = new Uint8Array(bytes.length);
  for (let offset = 0, from = 0; offset < ROW_BYTES; offset++) {
    for (let row = 0; row < CHUNK_ROWS; row++) {
      rows[row * ROW_BYTES + offset] = bytes[from++] as number;
    }
  }
  return rows;
}

const TIME_AT = COLUMNS.cpu_t.offset;
const SECONDS_AT = COLUMNS.cpu_t_s.offset;
const NANOSECONDS_AT = COLUMNS.cpu_t_ns.offset;
/** The last byte of a Unix time in seconds, as f64, from 1970 to after 2100. */
const TIME_BYTE = 0x41;
/** Unix times that counters can have: from 2001 to 2096. */
const MIN_TIME = 1e9;
const MAX_TIME = 4e9;

function rowAt(bytes: Uint8Array, at: number, start: number): FoundRows | undefined {
  if (at + ROW_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, ROW_BYTES);
  if (view.getUint32(NANOSECONDS_AT + 4, true) !== 0) return undefined;
  if (view.getUint32(SECONDS_AT + 4, true) !== 0) return undefined;
  const nanoseconds = view.getUint32(NANOSECONDS_AT, true);
  if (nanoseconds >= 1e9) return undefined;
  const seconds = view.getUint32(SECONDS_AT, true);
  const time = view.getFloat64(TIME_AT, true);
  if (seconds < MIN_TIME || !(Math.abs(time - (seconds + nanoseconds * 1e-9)) < 1e-6)) return;
  const row = bytes.slice(at, at + ROW_BYTES);
  const kind = isTorn(row, start + at) ? "tornRow" : "row";
  return { kind, at: start + at, bytesThere: ROW_BYTES, bytes: row };
}

/** Whether a part of a row, which begins at this offset of the file, never came to the disk. */
function isTorn(row: Uint8Array, at: number): boolean {
  const isZero = (from: number, to: number) => !row.subarray(from, to).some((byte) => byte !== 0);
  const first = Math.ceil(at / SECTOR_BYTES) * SECTOR_BYTES - at;
  let sector = first;
  for (; sector + SECTOR_BYTES <= ROW_BYTES; sector += SECTOR_BYTES) {
    if (isZero(sector, sector + SECTOR_BYTES)) return true;
  }
  // The last sector goes on in the next row. It has times of modules, which may be absent.
  const { offset, bytes } = COLUMNS.tm_time;
  const view = new DataView(row.buffer, row.byteOffset);
  const mask = view.getUint32(COLUMNS.mask.offset, true);
  const slotBytes = bytes / SLOTS;
  const isPresent = slotsOf(mask).some((slot) => offset + slot * slotBytes >= sector);
  const hasTimes = !isZero(offset, Math.max(offset, sector));
  return sector < ROW_BYTES && isPresent && hasTimes && isZero(sector, ROW_BYTES);
}

const START_AT = 8 * LEDGER_COLUMNS.indexOf("start");

function ledgerRowAt(bytes: Uint8Array, at: number, start: number): FoundRows | undefined {
  if (at + LEDGER_ROW_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, LEDGER_ROW_BYTES);
  const time = view.getFloat64(0, true);
  if (!(time > MIN_TIME && time < MAX_TIME)) return undefined;
  const began = Number(view.getBigUint64(START_AT, true));
  if (began < MIN_TIME || began > MAX_TIME) return undefined;
  for (let word = 8; word < LEDGER_ROW_BYTES; word += 8) {
    const isRun = LEDGER_COLUMNS[word / 8] === "daemon_run";
    if (!isRun && view.getUint16(word + 6, true) !== 0) return undefined;
  }
  return {
    kind: "ledgerRow",
    at: start + at,
    bytesThere: LEDGER_ROW_BYTES,
    bytes: bytes.slice(at, at + LEDGER_ROW_BYTES),
  };
}
