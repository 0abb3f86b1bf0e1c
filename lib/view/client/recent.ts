import { itemAt } from "../../item_at.ts";
import { amplitudesOf } from "../../statistics/amplitudes.ts";
import { countSlots, PIXELS, PIXELS_PER_MODULE } from "../../wire/camera.ts";
import type { ShownEvent } from "../protocol/frame.ts";

/** Number of images that are kept: a minute at 10 Hz, 4.9 MB. */
const IMAGES = 600;
/** Number of points of the series: five minutes at 10 Hz. */
const POINTS = 3000;

/** Quantities that are followed over time. */
export type Quantity = "modules" | "mean" | "largest" | "total";

/** Columns of a chart: times in Unix s, then values. */
export type Columns = [times: number[], ...values: (number | null)[][]];

/**
 * What a page showed recently: images, and their quantities for a longer time. Its memory is
 * allocated once. When it is full, new entries replace the oldest.
 */
export class Recent {
  readonly #images = new Float32Array(IMAGES * PIXELS);
  readonly #times = new Float64Array(POINTS);
  readonly #values: Record<Quantity, Float64Array> = {
    modules: new Float64Array(POINTS),
    mean: new Float64Array(POINTS),
    largest: new Float64Array(POINTS),
    total: new Float64Array(POINTS),
  };
  #pushed = 0;

  push({ mask, millivolts }: ShownEvent, unixSeconds: number): void {
    const at = this.#pushed % POINTS;
    const { pixels, mean, largest, total } = amplitudesOf(millivolts);
    this.#times[at] = unixSeconds;
    this.#values.modules[at] = countSlots(mask);
    this.#values.mean[at] = mean;
    this.#values.largest[at] = largest;
    this.#values.total[at] = pixels === 0 ? NaN : total;
    this.#images.set(millivolts, this.#pushed % IMAGES * PIXELS);
    this.#pushed++;
  }

  /** Quantities against time. */
  series(...quantities: Quantity[]): Columns {
    const places = this.#places(POINTS);
    return [
      places.map((place) => itemAt(this.#times, place % POINTS)),
      ...quantities.map((quantity) =>
        places.map((place) => orNull(itemAt(this.#values[quantity], place % POINTS)))
      ),
    ];
  }

  /** The values of a pixel, or the mean of a module, against time. */
  seriesOf(chosen: { pixel: number } | { slot: number }): Columns {
    const places = this.#places(IMAGES);
    const valueAt = (place: number) => {
      const image = place % IMAGES * PIXELS;
      if ("pixel" in chosen) return itemAt(this.#images, image + chosen.pixel);
      const first = image + chosen.slot * PIXELS_PER_MODULE;
      const module = this.#images.subarray(first, first + PIXELS_PER_MODULE);
      return module.reduce((sum, value) => sum + value, 0) / PIXELS_PER_MODULE;
    };
    return [
      places.map((place) => itemAt(this.#times, place % POINTS)),
      places.map((place) => orNull(valueAt(place))),
    ];
  }

  /** Places of the newest entries, counted from the first ever added. */
  #places(most: number): number[] {
    const count = Math.min(this.#pushed, most);
    return Array.from({ length: count }, (_, index) => this.#pushed - count + index);
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
