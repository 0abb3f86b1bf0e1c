import { PIXELS_PER_MODULE } from "../../lib/wire/camera.ts";
import { millivoltsToAdc } from "../../lib/wire/packet.ts";
import type { Random } from "../random.ts";

/** Halves of 32 random bits become uniform in 0..1 with this divisor. */
const HALF_SCALE = 2 ** -16;
/** The standard deviation of the sum of two of them. */
const SUM_SIGMA = 1 / Math.sqrt(6);

/** Adds noise to a module's voltages, and converts them to ADC words. */
export class PixelNoise {
  /** The words, by raw line. */
  readonly words: Uint16Array<ArrayBuffer> = new Uint16Array(PIXELS_PER_MODULE);
  readonly #bits = new Int32Array(PIXELS_PER_MODULE);
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * One readout.
   *
   * @param millivolts 64 by raw line; clipped to the ADC's range 0..5000.3 mV
   * @param sigmaOf standard deviation of the noise at a voltage, mV
   */
  measure(millivolts: Float64Array, sigmaOf: (millivolts: number) => number): void {
    this.#random.fillBits(this.#bits);
    // All 64 exist, and they are read for each readout: no check.
    for (let line = 0; line < PIXELS_PER_MODULE; line++) {
      const bits = this.#bits[line] as number;
      const sum = ((bits & 0xffff) + (bits >>> 16)) * HALF_SCALE - 1;
      const value = millivolts[line] as number;
      this.words[line] = millivoltsToAdc(value + sum / SUM_SIGMA * sigmaOf(value));
    }
  }
}
