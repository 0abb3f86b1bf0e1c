import { PIXELS_PER_MODULE } from "../lib/camera.ts";
import { millivoltsToAdc } from "../lib/packet.ts";
import { Random } from "./random.ts";

/** In an ADC word the top bit of the count is inverted. */
const ZERO_WORD = millivoltsToAdc(0);

/** Signals start uniform over the counts from 0 to this one, 400 mV. */
export const TOP_START_COUNT = millivoltsToAdc(400) ^ ZERO_WORD;

/** From one readout to the next a signal moves by up to so many counts, 4 mV, either way. */
export const TOP_STEP_COUNTS = millivoltsToAdc(4) ^ ZERO_WORD;

/** Steps there are: -52 to +52 counts. */
const STEPS = 2 * TOP_STEP_COUNTS + 1;

/** The ADC's highest count, 5000.3 mV. */
const TOP_COUNT = 0xffff;

/**
 * The slow signal of a module's 64 pixels: random walks, as the simulator of the Python project
 * SSDAQ has them, but in whole ADC counts of 0.0763 mV, which is what a packet can say.
 *
 * They are clipped to 0 mV as there, and to the ADC's top, 5000.3 mV, as well: the original lets
 * the walk run on, which no run of a bearable length reaches.
 */
export class ModuleSignal {
  /** The signal of the next readout as ADC words, by raw line. */
  readonly words = new Uint16Array(PIXELS_PER_MODULE);
  /** Random bits of one step, 16 a pixel. */
  readonly #bits = new Int32Array(PIXELS_PER_MODULE / 2);
  readonly #random: Random;

  /**
   * @param seed u32; the same seed and slot give the same signal
   * @param slot 0..31
   */
  constructor(seed: number, slot: number) {
    this.#random = new Random(seed, slot);
    const counts = new Float64Array(PIXELS_PER_MODULE);
    this.#random.fill(counts, 0, TOP_START_COUNT + 1);
    this.words.set(counts.map((count) => Math.floor(count) ^ ZERO_WORD));
  }

  /** Moves the signal on to the readout after. */
  step(): void {
    const { words } = this;
    const bits = this.#bits;
    this.#random.fillBits(bits);
    for (let i = 0; i < bits.length; i++) {
      words[2 * i] = moved(words[2 * i], bits[i] & 0xffff);
      words[2 * i + 1] = moved(words[2 * i + 1], bits[i] >>> 16);
    }
  }
}

/**
 * The step that 16 random bits stand for, -52..+52 counts, uniform but for what 65536 is no
 * multiple of 105: one step in a thousandth more often than another.
 *
 * Half of 105 is added for the sake of symmetry: without it the steps would have a mean below 0.
 */
export function stepOf(bits: number): number {
  return ((bits * STEPS + TOP_STEP_COUNTS) >>> 16) - TOP_STEP_COUNTS;
}

function moved(word: number, bits: number): number {
  const count = (word ^ ZERO_WORD) + stepOf(bits);
  // One test for both ends, which is hardly ever met.
  if ((count & ~TOP_COUNT) !== 0) return (count < 0 ? 0 : TOP_COUNT) ^ ZERO_WORD;
  return count ^ ZERO_WORD;
}
