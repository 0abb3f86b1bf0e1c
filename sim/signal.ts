import { PIXELS_PER_MODULE } from "../lib/camera.ts";
import { adcToMillivolts, millivoltsToAdc } from "../lib/packet.ts";
import { Random } from "./random.ts";

/** Signals start uniform in 0..400 mV. */
export const START_MILLIVOLTS = 400;

/** From one readout to the next a signal moves by up to 4 mV, uniform, either way. */
export const STEP_MILLIVOLTS = 4;

/** What the ADC's highest count stands for: 5000.3 mV. */
const TOP_MILLIVOLTS = adcToMillivolts(0x7fff);

/**
 * The slow signal of a module's 64 pixels: random walks, as the simulator of the Python project
 * SSDAQ has them.
 *
 * They are clipped to 0 mV as there, and to the ADC's top, 5000.3 mV, as well: the original lets
 * the walk run on, which no run of a bearable length reaches.
 */
export class ModuleSignal {
  /** The signal of the next readout, mV by raw line. */
  readonly millivolts = new Float64Array(PIXELS_PER_MODULE);
  readonly #steps = new Float64Array(PIXELS_PER_MODULE);
  readonly #random: Random;

  /**
   * @param seed u32; the same seed and slot give the same signal
   * @param slot 0..31
   */
  constructor(seed: number, slot: number) {
    this.#random = new Random(seed, slot);
    this.#random.fill(this.millivolts, 0, START_MILLIVOLTS);
  }

  /** Takes a readout: writes the signal as 64 ADC words, then moves it on by one step. */
  readInto(words: Uint16Array): void {
    this.#random.fill(this.#steps, -STEP_MILLIVOLTS, STEP_MILLIVOLTS);
    for (let line = 0; line < PIXELS_PER_MODULE; line++) {
      words[line] = millivoltsToAdc(this.millivolts[line]);
      const moved = this.millivolts[line] + this.#steps[line];
      this.millivolts[line] = Math.min(Math.max(moved, 0), TOP_MILLIVOLTS);
    }
  }
}
