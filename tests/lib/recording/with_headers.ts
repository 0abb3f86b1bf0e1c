import { lookup3 } from "../../../lib/recording/hdf5/lookup3.ts";
import { assertEquals } from "../../assert.ts";

/** What HDF5 begins the header of a table with, and each further part of it. */
const MARKS = ["OHDR", "OCHK"].map((mark) => new TextEncoder().encode(mark));

/** Longer than any part of a header in our files. */
const MAX_PART_BYTES = 4096;

/** Where the checksum of a part of a header is that begins at a place. */
function checksumOf(view: DataView<ArrayBuffer>, start: number): number | undefined {
  const bytes = new Uint8Array(view.buffer);
  const last = Math.min(start + MAX_PART_BYTES, bytes.length - 4);
  for (let at = start + 4; at <= last; at++) {
    if (view.getUint32(at, true) === lookup3(bytes.subarray(start, at))) return at;
  }
  return undefined;
}

/**
 * A copy of a file in which one thing is written for another where HDF5 describes its tables, with
 * checksums that fit: a file as another program would have made it.
 *
 * @param replacements of equal length; each is to be found once
 */
export function withHeaders(
  file: Uint8Array<ArrayBuffer>,
  replacements: readonly (readonly [from: Uint8Array, to: Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const isAt = (at: number, sought: Uint8Array) =>
    sought.every((byte, index) => bytes[at + index] === byte);
  let replaced = 0;
  for (let start = 0; start < bytes.length; start++) {
    if (!MARKS.some((mark) => isAt(start, mark))) continue;
    const end = checksumOf(view, start);
    if (end === undefined) continue;
    for (let at = start; at < end; at++) {
      const [, to] = replacements.find(([from]) => isAt(at, from)) ?? [];
      if (to === undefined) continue;
      bytes.set(to, at);
      at += to.length - 1;
      replaced++;
    }
    view.setUint32(end, lookup3(bytes.subarray(start, end)), true);
    start = end;
  }
  assertEquals(replaced, replacements.length);
  return bytes;
}
