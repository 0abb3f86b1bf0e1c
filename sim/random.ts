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
  /** a, b, c and the counter. */
  readonly #state: Int32Array;

  /**
   * @param seed u32
   * @param stream u32; every stream of a seed is a sequence of its own
   */
  constructor(seed: number, stream: number) {
    this.#state = Int32Array.of(0, seed, stream, 1);
    this.fillBits(new Int32Array(WARM_UP_ROUNDS));
  }

  /**
   * Fills the target with the next numbers, uniform from `low` up to but not including `high`.
   */
  fill(target: Float64Array, low: number, high: number): void {
    const outputs = new Int32Array(target.length);
    this.fillBits(outputs);
    const scale = (high - low) * U32_SCALE;
    // Both have one length.
    for (let i = 0; i < target.length; i++) {
      target[i] = low + scale * ((outputs[i] as number) >>> 0);
    }
  }

  /**
   * Fills the target with the next outputs, 32 random bits each.
   *
   * Many at once, since the state is then kept in registers, which is several times faster.
   */
  fillBits(target: Int32Array): void {
    // All four are there, and this is called for each readout: hence no check.
    const state = this.#state;
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let counter = state[3] as number;
    for (let i = 0; i < target.length; i++) {
      const output = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + output) | 0;
      target[i] = output;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = counter;
  }
}
