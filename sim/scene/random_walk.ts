import { PIXELS_PER_MODULE } from "../../lib/wire/camera.ts";
import { Random } from "../random.ts";
import type { ModuleSignal } from "./scene.ts";

/** In an ADC word the top bit of the count is inverted: what does it, and undoes it, in a pair. */
const TOP_BITS = 0x80008000;

/** Signals start uniform over the counts from 0 to this one, 400 mV. */
export const TOP_START_COUNT = 5242;

/** From one readout to the next a signal moves by up to so many counts, 4 mV, either way. */
export const TOP_STEP_COUNTS = 52;

/** Steps there are: -52 to +52 counts. */
const STEPS = 105;

/** The ADC's highest count, 5000.3 mV. */
const TOP_COUNT = 0xffff;

/**
 * The slow signal of a module's 64 pixels: random walks, as the simulator of the Python project
 * SSDAQ has them, but in whole ADC counts of 0.0763 mV, which is what a packet can say.
 *
 * They are clipped to 0 mV as there, and to the ADC's top, 5000.3 mV, as well: the original lets
 * the walk run on, which no run of a bearable length reaches.
 */
export class RandomWalk implements ModuleSignal {
  /**
   * The words, two in one: half the loads and stores. The first is the lower half, for
   * every machine that Deno runs on is little-endian.
   */
  readonly #pairs = new Int32Array(PIXELS_PER_MODULE / 2);
  /** The next readout as ADC words, by raw line. */
  readonly words: Uint16Array<ArrayBuffer> = new Uint16Array(this.#pairs.buffer);
  /** Random bits of one step, 16 a pixel. */
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

  /** Moves the signal on to the readout after. */
  step(): void {
    const pairs = this.#pairs;
    const bits = this.#bits;
    this.#random.fillBits(bits);
    // All 32 are in range, and are read for each readout: hence no check.
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
 * The step that 16 random bits stand for, -52..+52 counts: each by 624 or 625 of their 65536 values.
 *
 * Half of 105 is added for the sake of symmetry: without it the steps would have a mean below 0.
 */
export function stepOf(bits: number): number {
  return ((Math.imul(bits, STEPS) + TOP_STEP_COUNTS) >>> 16) - TOP_STEP_COUNTS;
}

/** A count after a step, clipped to what the ADC can say. */
function moved(count: number, bits: number): number {
  const next = count + stepOf(bits);
  // One test for both ends, which is hardly ever met.
  if ((next & ~TOP_COUNT) === 0) return next;
  return next < 0 ? 0 : TOP_COUNT;
}
