/** The result of one measurement, for the search. */
export interface Attempt {
  /** The rate that was reached. */
  rate: number;
  /** Whether nothing was lost. */
  lossFree: boolean;
}

/** The range to search. */
export interface SearchOptions {
  /** The first rate tried. */
  from: number;
  /** The highest rate to try. */
  to: number;
  /** The search ends when the range is smaller than this fraction of the rate. */
  tolerance: number;
}

/**
 * Finds the highest rate at which nothing is lost. It doubles the rate until something is lost, or
 * until the rate is not reached. Then it halves the interval.
 *
 * @param attempt measures at a rate
 * @returns the best attempt without a loss; undefined when every attempt had one
 */
export async function searchHighestRate<A extends Attempt>(
  { from, to, tolerance }: SearchOptions,
  attempt: (rate: number) => Promise<A>,
): Promise<A | undefined> {
  let best: A | undefined;
  let low = 0;
  let high = Infinity;
  for (let rate = from; high - low > tolerance * low;) {
    const result = await attempt(rate);
    const reached = result.rate >= rate * (1 - tolerance);
    if (result.lossFree && (best === undefined || result.rate > best.rate)) best = result;
    if (result.lossFree && reached) low = rate;
    else high = rate;
    if (low >= to) break;
    rate = high === Infinity ? Math.min(low * 2, to) : (low + high) / 2;
    if (low === 0 && high < from / 64) break;
  }
  return best;
}
