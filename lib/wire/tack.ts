/**
 * TACK times as pairs of unsigned 32-bit halves.
 *
 * A TACK time is a u64 of nanoseconds. A `number` cannot hold it above 2^53. The packet path uses
 * two halves instead of a `bigint`, which would be allocated for every readout.
 *
 * @module
 */

const HALF = 2 ** 32;

/** The largest value of the u32 spread field. Larger values are stored as this. */
const MAX_U32 = HALF - 1;

/**
 * The signed difference a - b in nanoseconds.
 *
 * Exact below 2^53 ns (104 days). Above, it is rounded, but its sign is always right.
 *
 * @param aHigh bits 63..32 of a, as u32
 * @param aLow bits 31..0 of a, as u32
 * @param bHigh bits 63..32 of b, as u32
 * @param bLow bits 31..0 of b, as u32
 */
export function tackDifferenceNs(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  return (aHigh - bHigh) * HALF + (aLow - bLow);
}

/** A non-negative difference in ns for a u32 field: saturated at 2^32 - 1. */
export function saturateU32(differenceNs: number): number {
  return differenceNs > MAX_U32 ? MAX_U32 : differenceNs;
}

/** The u64 from two u32 halves. */
export function joinU64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Bits 63..32 of a u64. */
export function highU32(value: bigint): number {
  return Number((value >> 32n) & 0xffffffffn);
}

/** Bits 31..0 of a u64. */
export function lowU32(value: bigint): number {
  return Number(value & 0xffffffffn);
}
