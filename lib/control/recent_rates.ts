/** Looks that are remembered; the oldest is what a rate is measured from. */
const LOOKS = 5;

/**
 * How fast counters rise, over the last few looks at them.
 *
 * It is pure: the counts and the time go in. With a look each second, a rate is over the last 4 to
 * 5 s, so that one packet a second is seen as one.
 */
export class RecentRates {
  readonly #looks: { ms: number; counts: Float64Array }[] = [];

  /** Takes note of the counts at a time; always the same ones in the same order. */
  look(nowMs: number, counts: Float64Array): void {
    if (this.#looks.length === LOOKS) this.#looks.shift();
    this.#looks.push({ ms: nowMs, counts });
  }

  /** Per second up to now, by counter; 0 before the first look. */
  perSecond(nowMs: number, counts: Float64Array): Float64Array {
    const [oldest] = this.#looks;
    if (oldest === undefined || nowMs <= oldest.ms) return new Float64Array(counts.length);
    const seconds = (nowMs - oldest.ms) / 1000;
    return counts.map((count, index) => (count - oldest.counts[index]) / seconds);
  }
}
