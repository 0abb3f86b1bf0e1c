/**
 * What is kept of a readout until it is compared: 32 bytes, in eight words of 32 bits.
 *
 * | word | what |
 * |---|---|
 * | 0, 1 | TACK time, high half first |
 * | 2, 3 | auxiliary stamp |
 * | 4, 5 | digest of the voltages |
 * | 6 | lower half of its ordinal: the number of the sent readout, or of the row |
 * | 7 | bits 0..19 upper part of the ordinal, 20..24 slot, 25 altered, 26 several |
 *
 * @module
 */

/** Words of a record. */
export const RECORD_WORDS = 8;

const ORDINAL_HIGH = 0xfffff;
const SLOT_SHIFT = 20;

/** A sent readout that a fault changed. */
export const ALTERED: number = 1 << 25;
/** A sent readout of which different copies were sent. */
export const SEVERAL: number = 1 << 26;

/** Writes ordinal, slot and flags of a record. */
export function setOrdinal(
  record: Uint32Array,
  ordinal: number,
  slot: number,
  flags: number,
): void {
  record[6] = ordinal;
  record[7] = Math.floor(ordinal / 2 ** 32) | slot << SLOT_SHIFT | flags;
}

/** The ordinal of the record that begins at a word. */
export function ordinalOf(records: Uint32Array, at: number): number {
  return ((records[at + 7] as number) & ORDINAL_HIGH) * 2 ** 32 + (records[at + 6] as number);
}

/** Its slot. */
export function slotOf(records: Uint32Array, at: number): number {
  return (records[at + 7] as number) >>> SLOT_SHIFT & 31;
}

/** A hash of slot and times: equal for a sent readout and its stored one. */
export function hashKey(records: Uint32Array, at: number): number {
  let hash = Math.imul(slotOf(records, at) + 1, 0x9e3779b1 | 0);
  for (let word = at; word < at + 4; word++) {
    hash = Math.imul(hash ^ (records[word] as number), 0x85ebca77 | 0);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae3d | 0);
  return (hash ^ hash >>> 16) >>> 0;
}

/** Whether two records have the same slot and the same times. */
export function hasSameKey(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number): boolean {
  return a[aAt] === b[bAt] && a[aAt + 1] === b[bAt + 1] && a[aAt + 2] === b[bAt + 2] &&
    a[aAt + 3] === b[bAt + 3] && slotOf(a, aAt) === slotOf(b, bAt);
}

/** Whether two records have the same voltages. */
export function hasSameVoltages(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number): boolean {
  return a[aAt + 4] === b[bAt + 4] && a[aAt + 5] === b[bAt + 5];
}
