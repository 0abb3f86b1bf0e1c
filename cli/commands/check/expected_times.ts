/** A segment of a manifest: readouts with one rate, and without a TACK reset between them. */
export interface TimedSegment {
  firstReadout: number;
  rate: number;
  firstTackNs: bigint;
  firstAuxNs: bigint;
}

/**
 * The times that a manifest promises: in a segment, readout j of every module has the first time plus
 * (j - firstReadout) x 1e9 / rate, rounded, modulo 2^64. It does not use the simulator's code.
 */
export class ExpectedTimes {
  readonly #segments: readonly TimedSegment[];
  #index = 0;
  #numerator = 1n;
  #denominator = 1n;

  /** @param segments of which the first one begins at readout 0 */
  constructor(segments: readonly TimedSegment[]) {
    this.#segments = segments;
    this.#setRate();
  }

  /**
   * Writes TACK time and auxiliary stamp of a readout, two halves each, the high one first.
   *
   * @param readout its index among its module's; it must not fall
   */
  into(readout: number, target: Uint32Array, at: number): void {
    let next = this.#segments[this.#index + 1];
    while (next !== undefined && next.firstReadout <= readout) {
      this.#index++;
      this.#setRate();
      next = this.#segments[this.#index + 1];
    }
    const segment = this.#segments[this.#index];
    if (segment === undefined) return;
    const periods = BigInt(readout - segment.firstReadout) * 1_000_000_000n * this.#denominator;
    const offset = (2n * periods + this.#numerator) / (2n * this.#numerator);
    for (const [word, first] of [segment.firstTackNs, segment.firstAuxNs].entries()) {
      const time = BigInt.asUintN(64, first + offset);
      target[at + 2 * word] = Number(time >> 32n);
      target[at + 2 * word + 1] = Number(time & 0xffff_ffffn);
    }
  }

  /** The rate as an exact fraction, from its 52 bits and its exponent. */
  #setRate(): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, this.#segments[this.#index]?.rate ?? 1);
    const bits = view.getBigUint64(0);
    const exponent = Number(bits >> 52n & 0x7ffn);
    const fraction = bits & 0xf_ffff_ffff_ffffn;
    const whole = exponent === 0 ? fraction : fraction | 1n << 52n;
    const shift = BigInt(Math.max(exponent, 1) - 1075);
    this.#numerator = shift > 0n ? whole << shift : whole;
    this.#denominator = shift < 0n ? 1n << -shift : 1n;
  }
}
