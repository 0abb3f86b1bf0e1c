/** Events and places for the tests of the writer. */

import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { decodeRow, type Row } from "../../../lib/recording/table/row.ts";
import { CameraEvent } from "../../../lib/wire/event.ts";

/** A time above 2^53 that no double holds. */
export const TACK_NS = 1_542_000_000_123_456_789n;

/** An event whose every field is made from its number; the modules 5 and 31 are absent. */
export function makeEvent(number: number, run = 1n, epoch = 0): CameraEvent {
  const event = new CameraEvent();
  event.number = BigInt(number);
  event.run = run;
  event.epoch = epoch;
  event.timestampNs = TACK_NS + BigInt(number);
  event.setReceiveTime(1_700_000_000 + number, 999_999_999 - number);
  event.mask = 0x7fffffdf;
  event.flags = number % 16;
  for (let slot = 0; slot < 31; slot++) {
    if (slot === 5) continue;
    event.module(slot).forEach((_, line, module) => module[line] = number + slot + line / 64);
    event.setTimes(slot, 0x80000000, number * 32 + slot, 0xffffffff, 0xffffffff - slot);
  }
  return event;
}

/** Events with these numbers, from the first to the last. */
export function makeEvents(first: number, last: number, run = 1n, epoch = 0): CameraEvent[] {
  const length = last - first + 1;
  return Array.from({ length }, (_, index) => makeEvent(first + index, run, epoch));
}

/** Runs a test in a folder of its own. */
export async function inFolder<T>(test: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "ssdaq_test" });
  try {
    return await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Names in a folder, sorted, without the marks of recorders. */
export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => !/^\..+\.resume$/.test(name)).sort();
}

/** All rows of a file. */
export async function readRows(path: string): Promise<Row[]> {
  using reader = await TableReader.open(path);
  const rows: Row[] = [];
  for (const block of reader.blocks()) {
    for (let i = 0; i < block.rows; i++) rows.push(decodeRow(block.bytes, i * ROW_BYTES));
  }
  return rows;
}

/** The event numbers in a file. */
export async function readNumbers(path: string): Promise<number[]> {
  return (await readRows(path)).map(({ number }) => Number(number));
}

/** How many rows a file has that a recorder writes: none as long as it cannot be read. */
export async function rowsNow(path: string): Promise<number> {
  try {
    return (await readRows(path)).length;
  } catch {
    // A recorder is just making it.
    return 0;
  }
}
