/** Returns the time: Unix ms (UTC), with fractions. */
export type WallClock = () => number;

/**
 * The wall clock now, to the microsecond.
 *
 * It follows the clock when it is set or slewed. `performance.timeOrigin + performance.now()` does
 * not: it stays wrong until the process ends.
 */
export function unixNowMs(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}
