import { inflateSync } from "node:zlib";
import { CHUNK_ROWS, ROW_BYTES } from "../../lib/recording/table/columns.ts";
import type { DiskLog } from "./disk_log.ts";

/** A piece of a file that tells events when all of it is there. */
interface Piece {
  at: number;
  bytes: Uint8Array;
  numbers: number[];
}

const CHUNK_BYTES = CHUNK_ROWS * ROW_BYTES;
const ZLIB_MARK = 0x78;

/** Numbers of the events whose rows are whole in a file, according to what was written. */
export function wholeEvents(log: DiskLog, file: Uint8Array): number[] {
  const numbers = piecesOf(log).flatMap(({ at, bytes, numbers }) =>
    isThere(file, at, bytes) ? numbers : []
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

const known = new WeakMap<DiskLog, Piece[]>();

function piecesOf(log: DiskLog): Piece[] {
  const pieces = known.get(log) ?? log.steps.flatMap((step) => {
    if (step.kind !== "write") return [];
    const { at, bytes } = step;
    if (bytes.length === CHUNK_BYTES) return rowsOf(at, bytes);
    return bytes[0] === ZLIB_MARK && bytes.length > 1000 ? chunkOf(at, bytes) : [];
  });
  known.set(log, pieces);
  return pieces;
}

/** Rows that are not compressed. */
function rowsOf(at: number, bytes: Uint8Array): Piece[] {
  return Array.from({ length: CHUNK_ROWS }, (_, row) => {
    const piece = bytes.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES);
    return { at: at + row * ROW_BYTES, bytes: piece, numbers: [numberIn(piece, 0, 1)] };
  }).filter(({ numbers: [number] }) => number !== 0);
}

/** A chunk: the numbers of its rows are there byte by byte, first all first bytes. */
function chunkOf(at: number, bytes: Uint8Array): Piece[] {
  const shuffled = inflateSync(bytes);
  const numbers = Array.from(
    { length: CHUNK_ROWS },
    (_, row) => numberIn(shuffled, row, CHUNK_ROWS),
  ).filter((number) => number !== 0);
  return [{ at, bytes, numbers }];
}

function numberIn(bytes: Uint8Array, at: number, stride: number): number {
  return (bytes[at] ?? 0) + 256 * (bytes[at + stride] ?? 0);
}

function isThere(file: Uint8Array, at: number, bytes: Uint8Array): boolean {
  const there = file.subarray(at, at + bytes.length);
  return there.length === bytes.length && there.every((byte, index) => byte === bytes[index]);
}
