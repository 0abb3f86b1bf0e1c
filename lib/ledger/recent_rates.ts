import { itemAt } from "../item_at.ts";

/** How often counters are to be looked at, ms. */
export const LOOK_MS = 250;

/** Looks that are remembered: five seconds. */
const LOOKS = 20;

/** After so many of its usual steps without one, a counter is taken to stand still. */
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
 * How fast counters rise, over the last few looks at them.
 *
 * A counter may rise in bursts, as by the ten events of a packet each second: from any moment to any
 * other that would be 8 to 12 a second. So a rate is counted from one rise to another.
 *
 * It is pure: the counts and the time go in.
 */
export class RecentRates {
  readonly #looks: Look[] = [];

  /** Takes note of the counts at a time; always the same ones in the same order. */
  look(nowMs: number, counts: Float64Array): void {
    if (this.#looks.length === LOOKS) this.#looks.shift();
    this.#looks.push({ ms: nowMs, counts });
  }

  /** Per second up to now, by counter; 0 before the first look. */
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
