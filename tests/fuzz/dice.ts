import { Random } from "../../sim/random.ts";
import { nth } from "../elements.ts";

const POOL = 1 << 16;

/** Seeded random numbers for tests that throw much at the code: many at once are made at a time. */
export class Dice {
  readonly #random: Random;
  readonly #bits = new Int32Array(POOL);
  /** Random bytes, to take parts of; anew now and then. */
  readonly bytes = new Uint8Array(this.#bits.buffer);
  #next = POOL;

  /** @param seed u32 */
  constructor(seed: number) {
    this.#random = new Random(seed, 0x0f22);
  }

  /** A whole number from 0 up to, but not including, `below`. */
  below(below: number): number {
    if (this.#next === POOL) {
      this.#random.fillBits(this.#bits);
      this.#next = 0;
    }
    return (nth(this.#bits, this.#next++) >>> 0) % below;
  }

  /** One of some things. */
  pick<T>(things: readonly T[]): T {
    return nth(things, this.below(things.length));
  }

  /** So many random bytes, up to 200 000; good until the next are taken. */
  some(lengthBytes: number): Uint8Array {
    const from = this.below(this.bytes.length - lengthBytes + 1);
    return this.bytes.subarray(from, from + lengthBytes);
  }
}
