import { itemAt } from "../item_at.ts";
import { amplitudesOf } from "../statistics/amplitudes.ts";
import { countSlots } from "../wire/camera.ts";

/** Quantities that are followed over time. */
export const SERIES_QUANTITIES = ["modules", "mean", "largest", "total"] as const;

/**
 * Number of `modules` in an event, and `mean`, `largest` and `total` voltage over its pixels, mV.
 */
export type SeriesQuantity = typeof SERIES_QUANTITIES[number];

/** Range of one quantity over consecutive events. */
export interface SeriesRange {
  min: number;
  max: number;
  sum: number;
  count: number;
}

/** Consecutive events. */
export interface SeriesBin {
  /** Time of the first and the last event, s. */
  fromSeconds: number;
  toSeconds: number;
  events: number;
  ranges: Record<SeriesQuantity, SeriesRange>;
}

/**
 * Quantities of events against time, in a bounded number of bins.
 *
 * At first, each event has its own bin. When there are too many bins, every two neighbours are
 * merged. A short dip stays visible however long the series is, because a bin keeps its smallest
 * and its largest value.
 */
export class Series {
  readonly #maxBins: number;
  #bins: SeriesBin[] = [];
  /** Number of events in a bin. */
  #perBin = 1;

  /** @param maxBins maximum number of bins; must be even @default 1024 */
  constructor(maxBins = 1024) {
    this.#maxBins = maxBins;
  }

  /** The bins in order of time. */
  get bins(): readonly SeriesBin[] {
    return this.#bins;
  }

  /**
   * Adds the next event.
   *
   * @param mask which modules the event has
   * @param millivolts 2048 voltages, NaN where absent
   */
  add(seconds: number, mask: number, millivolts: ArrayLike<number>): void {
    const last = this.#bins.at(-1);
    const bin = quantitiesOf(seconds, mask, millivolts);
    if (last !== undefined && last.events < this.#perBin) {
      this.#bins[this.#bins.length - 1] = joined(last, bin);
      return;
    }
    if (this.#bins.length === this.#maxBins) this.#halve();
    this.#bins.push(bin);
  }

  #halve(): void {
    const halves: SeriesBin[] = [];
    for (let index = 0; index < this.#bins.length; index += 2) {
      halves.push(joined(itemAt(this.#bins, index), itemAt(this.#bins, index + 1)));
    }
    this.#bins = halves;
    this.#perBin *= 2;
  }
}

function quantitiesOf(seconds: number, mask: number, millivolts: ArrayLike<number>): SeriesBin {
  const { pixels, mean, largest, total } = amplitudesOf(millivolts);
  const ranges = {
    modules: rangeOf(countSlots(mask)),
    mean: pixels === 0 ? NO_VALUE : rangeOf(mean),
    largest: pixels === 0 ? NO_VALUE : rangeOf(largest),
    total: pixels === 0 ? NO_VALUE : rangeOf(total),
  };
  return { fromSeconds: seconds, toSeconds: seconds, events: 1, ranges };
}

const NO_VALUE: SeriesRange = { min: Infinity, max: -Infinity, sum: 0, count: 0 };

function rangeOf(value: number): SeriesRange {
  return { min: value, max: value, sum: value, count: 1 };
}

function joined(a: SeriesBin, b: SeriesBin): SeriesBin {
  const join = (quantity: SeriesQuantity): SeriesRange => {
    const [one, other] = [a.ranges[quantity], b.ranges[quantity]];
    return {
      min: Math.min(one.min, other.min),
      max: Math.max(one.max, other.max),
      sum: one.sum + other.sum,
      count: one.count + other.count,
    };
  };
  return {
    fromSeconds: a.fromSeconds,
    toSeconds: b.toSeconds,
    events: a.events + b.events,
    ranges: {
      modules: join("modules"),
      mean: join("mean"),
      largest: join("largest"),
      total: join("total"),
    },
  };
}
