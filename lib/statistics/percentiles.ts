import { itemAt } from "../item_at.ts";

/** Bins for each decade. Neighbours differ by 1.2 %. */
const BINS_PER_DECADE = 200;
/** From 1 us to 1000 s. */
const LOWEST_MS = 1e-3;
const DECADES = 9;

/**
 * Counts durations in bins of 1.2 % width. So percentiles of any number of durations need a fixed
 * 15 kB. Durations below 1 us or above 1000 s count as these limits.
 */
export class DurationHistogram {
  /** Number of durations. */
  count = 0;
  /** The longest, ms; exact. */
  maxMs = 0;
  readonly #bins = new Float64Array(BINS_PER_DECADE * DECADES + 1);

  /** Adds a duration. */
  add(durationMs: number): void {
    this.count++;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
    const place = Math.round(Math.log10(durationMs / LOWEST_MS) * BINS_PER_DECADE);
    const bin = Math.min(Math.max(place || 0, 0), this.#bins.length - 1);
    this.#bins[bin] = itemAt(this.#bins, bin) + 1;
  }

  /** The duration that a fraction (0..1) of all does not exceed, ms; null if there are none. */
  percentileMs(part: number): number | null {
    if (this.count === 0) return null;
    let below = part * this.count;
    const bin = this.#bins.findIndex((inBin) => (below -= inBin) <= 0);
    const middleMs = LOWEST_MS * 10 ** (bin / BINS_PER_DECADE);
    return Math.min(middleMs, this.maxMs);
  }
}
