const NS_PER_S = 1_000_000_000n;

/**
 * When readouts are taken, at an even rate. Every time is computed from the readout's index, so
 * that nothing adds up: the millionth readout is as exact as the first.
 */
export class ReadoutTimes {
  readonly #rate: number;
  /** The rate as a fraction; every double is one exactly. */
  readonly #numerator: bigint;
  readonly #denominator: bigint;

  /** @param rate readouts/s, finite and above 0 */
  constructor(rate: number) {
    this.#rate = rate;
    let denominator = 1n;
    let whole = rate;
    while (!Number.isInteger(whole)) {
      whole *= 2;
      denominator *= 2n;
    }
    this.#numerator = BigInt(whole);
    this.#denominator = denominator;
  }

  /** Nanoseconds from the first readout to readout `index` (from 0), to the nearest whole one. */
  offsetNs(index: number): bigint {
    const twicePeriods = 2n * BigInt(index) * NS_PER_S * this.#denominator;
    return (twicePeriods + this.#numerator) / (2n * this.#numerator);
  }

  /** Milliseconds it takes to take `count` readouts; each ends its own period. */
  durationMs(count: number): number {
    return (count * 1000) / this.#rate;
  }
}
