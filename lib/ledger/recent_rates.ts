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
    const looks = [...this.#looks, { ms: nowMs, counts }];
    return counts.map((_, index) => rateOf(looks, index, nowMs));
  }
}

function rateOf(looks: readonly Look[], index: number, nowMs: number): number {
  const rises = looks.filter(({ counts }, at) =>
    at > 0 && counts[index] !== looks[at - 1].counts[index]
  );
  const [first = looks[0], last = first] = [rises[0], rises.at(-1)];
  if (first.ms === last.ms) {
    return perSecond(looks[0], { ms: nowMs, counts: last.counts }, index);
  }
  const usualMs = (last.ms - first.ms) / (rises.length - 1);
  const endMs = nowMs - last.ms > QUIET_STEPS * usualMs ? nowMs : last.ms;
  return perSecond(first, { ms: endMs, counts: last.counts }, index);
}

function perSecond(from: Look, to: Look, index: number): number {
  if (to.ms <= from.ms) return 0;
  return 1000 * (to.counts[index] - from.counts[index]) / (to.ms - from.ms);
}
