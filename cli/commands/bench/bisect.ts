/** One measurement, as far as a search is concerned. */
export interface Attempt {
  /** The rate that was really reached. */
  rate: number;
  /** Whether nothing was lost. */
  lossFree: boolean;
}

/** Where to look. */
export interface SearchOptions {
  /** The first rate tried. */
  from: number;
  /** No rate above is tried. */
  to: number;
  /** The search ends when it has narrowed the answer down to this part of it. */
  tolerance: number;
}

/**
 * Finds the highest rate at which nothing is lost: doubles it until something is, or until the rate
 * asked for is not reached, then halves the interval.
 *
 * @param attempt measures at a rate
 * @returns the best loss-free attempt; undefined when there was none
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
