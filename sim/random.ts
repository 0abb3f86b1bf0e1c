/** 2^-32, which takes a u32 into 0..1. */
const U32_SCALE = 2 ** -32;

/** Outputs thrown away at the start, so that seeds close to each other end far apart. */
const WARM_UP_ROUNDS = 12;

/**
 * Seeded pseudo-random numbers, the same on every machine. Not for secrets.
 *
 * The algorithm is sfc32 ("small fast counting", version 4) of Chris Doty-Humphrey's PractRand
 * 0.95, public domain, https://pracrand.sourceforge.net/, with PractRand's way of seeding it from
 * 64 bits: here the stream is the upper half and the seed the lower. Its period is 2^127 on
 * average, and 2^32 at least: two and a half months of 64 pixels at 10 readouts/s.
 */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed u32
   * @param stream u32; every stream of a seed is a sequence of its own
   */
  constructor(seed: number, stream: number) {
    this.#b = seed | 0;
    this.#c = stream | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.nextU32();
  }

  /** The next number, 0..2^32 - 1. */
  nextU32(): number {
    const output = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + output) | 0;
    return output >>> 0;
  }

  /** The next number, uniform from `low` up to but not including `high`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.nextU32() * U32_SCALE;
  }
}
