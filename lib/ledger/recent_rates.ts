import { itemAt } from "../item_at.ts";

/** How often counters should be read, ms. */
export const LOOK_MS = 250;

/** Number of readings that are kept: five seconds. */
const LOOKS = 20;

/** If a counter has not risen for this number of its usual steps, its rate is 0. */
const QUIET_STEPS = 2;

/** The counters at a moment. */
interface Look {
  ms: number;
  counts: Float64Array;
}

/** One counter at a moment. */
interface Point {
  ms: number;
  count: number;
}

/**
 * How fast counters rise, from the last few readings.
 *
 * A counter may rise in bursts, for example by the ten events of a packet each second. Between two
 * arbitrary moments the rate would seem to be 8 to 12 per second. So the rate is measured from one
 * rise to another.
 *
 * It is pure: counts and time are arguments.
 */
export class RecentRates {
  readonly #looks: Look[] = [];

  /** Notes the counts at a time. They must always be the same counters in the same order. */
  look(nowMs: number, counts: Float64Array): void {
    if (this.#looks.length === LOOKS) this.#looks.shift();
    this.#looks.push({ ms: nowMs, counts });
  }

  /** Rate of each counter, per second; 0 before the first reading. */
  perSecond(nowMs: number, counts: Float64Array): Float64Array {
    return counts.map((count, index) => {
      const before = this.#looks.map((look) => ({
        ms: look.ms,
        count: itemAt(look.counts, index),
      }));
      return rateOf(before, { ms: nowMs, count });
    });
  }
}

function rateOf(before: readonly Point[], now: Point): number {
  const start = before[0] ?? now;
  const rises: Point[] = [];
  let previous = start;
  for (const point of [...before, now]) {
    if (point.count !== previous.count) rises.push(point);
    previous = point;
  }
  const first = rises[0] ?? start;
  const last = rises.at(-1) ?? start;
  if (first.ms === last.ms) return perSecond(start, { ms: now.ms, count: last.count });
  const usualMs = (last.ms - first.ms) / (rises.length - 1);
  const endMs = now.ms - last.ms > QUIET_STEPS * usualMs ? now.ms : last.ms;
  return perSecond(first, { ms: endMs, count: last.count });
}

function perSecond(from: Point, to: Point): number {
  return to.ms <= from.ms ? 0 : 1000 * (to.count - from.count) / (to.ms - from.ms);
}
