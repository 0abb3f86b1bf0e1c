/** Tells the time: Unix ms (UTC), with fractions. */
export type WallClock = () => number;

/**
 * The wall clock at this moment, to the microsecond.
 *
 * It follows when the clock is set or slewed, which `performance.timeOrigin + performance.now()` does
 * not: that stays wrong for the life of a process.
 */
export function unixNowMs(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}
