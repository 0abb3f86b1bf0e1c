/**
 * Where tests get what is random from. The gate always uses {@linkcode GATE_SEED}, so that the same
 * tree gives the same result; `deno task explore` sets `SSDAQ_SEED` to a new seed for each round.
 */

import fc from "fast-check";

export { fc };

const GATE_SEED = 1;
const MAX_U32 = 2 ** 32 - 1;

/** Seed of every property and of every other random test, u32. */
export const SEED = seedOf(Deno.env.get("SSDAQ_SEED"));

// All of its bits, as fast-check takes a signed integer.
fc.configureGlobal({ seed: SEED | 0 });

/** So many seeds, u32: 1, 2, ... in the gate. */
export function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (SEED + index) >>> 0);
}

/**
 * The seed that the environment gives, or the gate's.
 *
 * @throws {RangeError} when it is not a u32
 */
function seedOf(text: string | undefined): number {
  if (text === undefined) return GATE_SEED;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > MAX_U32) {
    throw new RangeError(`SSDAQ_SEED must be a whole number from 0 to ${MAX_U32}, got ${text}`);
  }
  return seed;
}
