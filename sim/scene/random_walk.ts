import { PIXELS_PER_MODULE } from "../../lib/wire/camera.ts";
import { Random } from "../random.ts";
import type { ModuleSignal } from "./scene.ts";

/** In an ADC word the top bit of the count is inverted. XOR with this converts a pair both ways. */
const TOP_BITS = 0x80008000;

/** Signals start uniformly between 0 and this count, 400 mV. */
export const TOP_START_COUNT = 5242;

/** Largest step between two readouts, up or down, counts: 4 mV. */
export const TOP_STEP_COUNTS = 52;

/** Number of steps: -52 to +52 counts. */
const STEPS = 105;

/** The ADC's highest count, 5000.3 mV. */
const TOP_COUNT = 0xffff;

/**
 * The slow signal of a module's 64 pixels: random walks, as in the simulator of the Python project
 * SSDAQ, but in whole ADC counts of 0.0763 mV, the resolution of a packet.
 *
 * They are clipped to 0 mV as in the original, and also to the ADC's highest count, 5000.3 mV. The
 * original does not clip there; no run of a usual length reaches it.
 */
export class RandomWalk implements ModuleSignal {
  /**
   * The words, in pairs: half the loads and stores. The first word is the lower half, because every
   * machine that Deno runs on is little-endian.
   */
  readonly #pairs = new Int32Array(PIXELS_PER_MODULE / 2);
  /** The next readout as ADC words, by raw line. */
  readonly words: Uint16Array<ArrayBuffer> = new Uint16Array(this.#pairs.buffer);
  /** Random bits of one step, 16 for each pixel. */
  readonly #bits = new Int32Array(PIXELS_PER_MODULE / 2);
  readonly #random: Random;
  #isFirst = true;

  /**
   * @param seed u32; the same seed and slot give the same signal
   * @param slot 0..31
   */
  constructor(seed: number, slot: number) {
    this.#random = new Random(seed, slot);
    const counts = new Float64Array(PIXELS_PER_MODULE);
    this.#random.fill(counts, 0, TOP_START_COUNT + 1);
    this.words.set(counts.map((count) => Math.floor(count) ^ TOP_BITS));
  }

  take(): Uint16Array<ArrayBuffer> {
    if (this.#isFirst) this.#isFirst = false;
    else this.step();
    return this.words;
  }

  /** Moves the signal to the next readout. */
  step(): void {
    const pairs = this.#pairs;
    const bits = this.#bits;
    this.#random.fillBits(bits);
    // All 32 exist, and they are read for each readout: no check.
    for (let i = 0; i < PIXELS_PER_MODULE / 2; i++) {
      const counts = (pairs[i] as number) ^ TOP_BITS;
      const both = bits[i] as number;
      const even = moved(counts & 0xffff, both & 0xffff);
      const odd = moved(counts >>> 16, both >>> 16);
      pairs[i] = (even | (odd << 16)) ^ TOP_BITS;
    }
  }
}

/**
 * The step for 16 random bits, -52..+52 counts: each step has 624 or 625 of the 65536 values.
 *
 * Half of 105 is added for symmetry: without it the mean of the steps would be below 0.
 */
export function stepOf(bits: number): number {
  return ((Math.imul(bits, STEPS) + TOP_STEP_COUNTS) >>> 16) - TOP_STEP_COUNTS;
}

/** A count after a step, clipped to the ADC's range. */
function moved(count: number, bits: number): number {
  const next = count + stepOf(bits);
  // One test for both ends; it is rarely true.
  if ((next & ~TOP_COUNT) === 0) return next;
  return next < 0 ? 0 : TOP_COUNT;
}
