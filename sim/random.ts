/** 2^-32, which scales a u32 to 0..1. */
const U32_SCALE = 2 ** -32;

/** Outputs that are skipped at the start, so that similar seeds give different sequences. */
const WARM_UP_ROUNDS = 12;

/**
 * Pseudo-random numbers from a seed, the same on every machine. Not for secrets.
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
   * @param stream u32; each stream of a seed has its own sequence
   */
  constructor(seed: number, stream: number) {
    this.#state = Int32Array.of(0, seed, stream, 1);
    this.fillBits(new Int32Array(WARM_UP_ROUNDS));
  }

  /**
   * Fills the target with the next numbers, uniform from `low` to `high`, `high` excluded.
   */
  fill(target: Float64Array, low: number, high: number): void {
    const outputs = new Int32Array(target.length);
    this.fillBits(outputs);
    const scale = (high - low) * U32_SCALE;
    // Both have the same length.
    for (let i = 0; i < target.length; i++) {
      target[i] = low + scale * ((outputs[i] as number) >>> 0);
    }
  }

  /**
   * Fills the target with the next outputs, 32 random bits each.
   *
   * It makes many at once: then the state stays in registers, which is several times faster.
   */
  fillBits(target: Int32Array): void {
    // All four exist, and this runs for each readout: no check.
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
