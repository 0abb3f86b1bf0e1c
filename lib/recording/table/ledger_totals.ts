/**
 * The attributes `closed` and `total_SECTION_COUNTER` of the ledger's table.
 *
 * HDF5 cannot add an attribute to a file that others may read. If it rewrites one outside that
 * mode, a kill can leave a file that does not open. So the template has all of them, u64 and 0, in
 * one block of the table's object header, within a page of 4096 bytes. After HDF5 has closed the
 * file, values and checksum of the block are overwritten in place, by one write. A SIGKILL does not
 * interrupt a write within a page: the block is the old one or the new one, and both are valid.
 *
 * @module
 */

import { itemAt } from "../../item_at.ts";
import type { ByteStore } from "../hdf5/byte_store.ts";
import { lookup3 } from "../hdf5/lookup3.ts";
import { LEDGER_COUNTERS } from "./ledger_row.ts";

/** Names of the attributes, in the order of their values. */
export const TOTALS: readonly string[] = [
  "closed",
  ...LEDGER_COUNTERS.map(({ column }) => `total_${column}`),
];

/** The block is searched for in this part of the file; the template is smaller. */
const SEARCHED_BYTES = 64 * 1024;

/** Maximum size of a block that is written at once. */
const PAGE_BYTES = 4096;

/**
 * Distance from the name to the value: a zero byte, the type (12 bytes) and the shape (4 bytes).
 */
const VALUE_AFTER_NAME = 1 + 12 + 4;

const encoder = new TextEncoder();
const BLOCK_MARK = encoder.encode("OCHK");

/** The block with the attributes. */
interface TotalsBlock {
  /** Offset of the block in the file. */
  at: number;
  /** The block, with its checksum at the end. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Offsets of the values in the block. */
  valuesAt: number[];
}

/**
 * Sets the attributes of a file that no other process writes. Does nothing if it has none.
 *
 * @param file its bytes
 * @param isClosed whether the values are the final ones of a closed file
 * @param values of all counters, in the order of the ledger's columns
 * @returns the old contents: whether it was closed, 0 or 1, and the values
 */
export function writeTotals(
  file: ByteStore,
  isClosed: boolean,
  values: readonly number[],
): number[] | undefined {
  const block = findBlock(file);
  if (!block) return undefined;
  const { at, bytes, valuesAt } = block;
  const view = new DataView(bytes.buffer);
  const before = valuesAt.map((valueAt) => Number(view.getBigUint64(valueAt, true)));
  [isClosed ? 1 : 0, ...values].forEach((value, index) => {
    view.setBigUint64(itemAt(valuesAt, index), BigInt(value), true);
  });
  const checksumAt = bytes.length - 4;
  view.setUint32(checksumAt, lookup3(bytes.subarray(0, checksumAt)), true);
  file.writeAt(at, bytes);
  return before;
}

/**
 * Whether a file seems to have a ledger: the names of these attributes are in it, whatever else of
 * the ledger is damaged.
 */
export function namesTotals(file: ByteStore): boolean {
  const head = new Uint8Array(SEARCHED_BYTES);
  const read = head.subarray(0, file.readAt(0, head));
  return TOTALS.slice(1).some((name) => indexOf(read, encoder.encode(`${name}\0`), 0) >= 0);
}

/** Finds the block; undefined if the file has none with a correct checksum. */
function findBlock(file: ByteStore): TotalsBlock | undefined {
  const head = new Uint8Array(SEARCHED_BYTES);
  const length = file.readAt(0, head);
  const first = indexOf(head, encoder.encode(`${TOTALS[0]}\0`), 0);
  if (first < 0) return undefined;
  const start = startOf(head, first);
  if (start < 0) return undefined;
  const valuesAt: number[] = [];
  for (const name of TOTALS) {
    const nameAt = indexOf(head, encoder.encode(`${name}\0`), start);
    if (nameAt < 0) return undefined;
    valuesAt.push(nameAt + name.length + VALUE_AFTER_NAME - start);
  }
  // The length of the block is not stored here. Only with the true length is the checksum right.
  const view = new DataView(head.buffer);
  const last = Math.min(start + PAGE_BYTES, length) - 4;
  for (let end = start + Math.max(...valuesAt) + 8; end <= last; end++) {
    if (view.getUint32(end, true) === lookup3(head.subarray(start, end))) {
      return { at: start, bytes: head.slice(start, end + 4), valuesAt };
    }
  }
  return undefined;
}

/** The last start of a block at or before `at`; -1 if there is none. */
function startOf(head: Uint8Array, at: number): number {
  for (; at >= 0; at--) {
    if (BLOCK_MARK.every((byte, index) => head[at + index] === byte)) return at;
  }
  return -1;
}

function indexOf(bytes: Uint8Array, part: Uint8Array, from: number): number {
  const first = itemAt(part, 0);
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
