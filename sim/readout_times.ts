const NS_PER_S = 1_000_000_000n;

/**
 * The times of readouts, at a constant rate. Each time is computed from the readout's index, so that
 * errors do not add up: the millionth readout is as exact as the first.
 */
export class ReadoutTimes {
  readonly #rate: number;
  /** The rate as a fraction; every double is an exact fraction. */
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

  /** Nanoseconds from the first readout to readout `index` (from 0), rounded. */
  offsetNs(index: number): bigint {
    const twicePeriods = 2n * BigInt(index) * NS_PER_S * this.#denominator;
    return (twicePeriods + this.#numerator) / (2n * this.#numerator);
  }

  /** Duration of `count` readouts, ms; each readout is at the end of its own period. */
  durationMs(count: number): number {
    return (count * 1000) / this.#rate;
  }
}
