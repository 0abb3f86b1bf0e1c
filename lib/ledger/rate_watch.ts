import { LOOK_MS, RecentRates } from "./recent_rates.ts";

/** Reads counters at intervals, to measure how fast they rise. */
export class RateWatch implements Disposable {
  readonly #counts: () => Float64Array;
  readonly #rates = new RecentRates();
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param counts returns the current values, always in the same order */
  constructor(counts: () => Float64Array) {
    this.#counts = counts;
    const look = () => this.#rates.look(performance.now(), counts());
    look();
    this.#timer = setInterval(look, LOOK_MS);
  }

  /** Rates over the last seconds before this moment, per second, in the order of the counters. */
  perSecond(nowMs: number): Float64Array {
    return this.#rates.perSecond(nowMs, this.#counts());
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
