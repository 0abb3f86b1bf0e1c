import { itemAt } from "../item_at.ts";
import { PIXELS } from "../wire/camera.ts";

/** Mean and scatter of every pixel over any number of events. */
export class PixelStatistics {
  readonly #counts = new Float64Array(PIXELS);
  readonly #means = new Float64Array(PIXELS);
  /** Sums of squared distances from the mean. */
  readonly #squares = new Float64Array(PIXELS);
  #events = 0;

  /** Number of events added. */
  get events(): number {
    return this.#events;
  }

  /**
   * Adds an event's 2048 voltages. NaN are skipped.
   *
   * Welford's method loses no digits when the scatter is small compared with the mean: B. P.
   * Welford, Technometrics 4 (1962) 419.
   */
  add(millivolts: ArrayLike<number>): void {
    this.#events++;
    // All 2048 indices are in range. This loop runs for each event, so it does not check.
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const value = millivolts[pixel] as number;
      if (Number.isNaN(value)) continue;
      const count = (this.#counts[pixel] as number) + 1;
      const meanBefore = this.#means[pixel] as number;
      const mean = meanBefore + (value - meanBefore) / count;
      this.#counts[pixel] = count;
      this.#means[pixel] = mean;
      this.#squares[pixel] = (this.#squares[pixel] as number) +
        (value - meanBefore) * (value - mean);
    }
  }

  /** Mean of each pixel, mV; NaN without any value. */
  get means(): Float64Array {
    return this.#means.map((mean, pixel) => this.#counts[pixel] === 0 ? NaN : mean);
  }

  /** Root mean square of each pixel's distance from its mean, mV; NaN without any value. */
  get rms(): Float64Array {
    return this.#squares.map((square, pixel) => Math.sqrt(square / itemAt(this.#counts, pixel)));
  }
}
