import { SLOTS, slotsOf } from "../wire/camera.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

// All slots, 0..31, have an entry in these arrays. Each readout reads some of them, so the code
// uses `as number` and does not check.

/**
 * Which slots an event waits for.
 *
 * At the start these are all configured slots. Events do not wait for an absent slot until it is
 * heard again, and then only from that readout's TACK time on. When the whole camera was absent,
 * its first readout makes all configured slots expected again. So the first module that sends is
 * not taken for the whole camera.
 */
export class ExpectedSlots {
  readonly #configured: number;
  readonly #absentAfterMs: number;
  readonly #windowNs: number;
  readonly #heardMs = new Float64Array(SLOTS);
  /** Slots expected only from a TACK time on. */
  #joining = 0;
  readonly #fromHigh = new Uint32Array(SLOTS);
  readonly #fromLow = new Uint32Array(SLOTS);
  #expected = 0;
  /** No slot becomes absent before this time. */
  #nextAbsentMs = Infinity;

  /**
   * @param configured mask of the camera's slots
   * @param absentAfterMs a slot not heard for this time is absent
   * @param windowNs how far a slot's first TACK time may be after the event it joins
   */
  constructor(configured: number, absentAfterMs: number, windowNs: number) {
    this.#configured = configured >>> 0;
    this.#absentAfterMs = absentAfterMs;
    this.#windowNs = windowNs;
  }

  /** Notes a readout of a slot with this TACK time. */
  heard(slot: number, nowMs: number, high: number, low: number): void {
    if (nowMs > (this.#heardMs[slot] as number)) this.#heardMs[slot] = nowMs;
    if ((this.#expected >>> slot) & 1) return;
    const bit = 1 << slot;
    if (this.#expected === 0) {
      this.#expected = (this.#configured | bit) >>> 0;
      this.#heardMs.fill(nowMs);
      this.#joining = 0;
    } else {
      this.#expected = (this.#expected | bit) >>> 0;
      this.#joining |= bit;
      this.#fromHigh[slot] = high;
      this.#fromLow[slot] = low;
    }
    this.#nextAbsentMs = Math.min(this.#nextAbsentMs, nowMs + this.#absentAfterMs);
  }

  /** Drops absent slots. */
  expire(nowMs: number): void {
    if (nowMs < this.#nextAbsentMs) return;
    this.#nextAbsentMs = Infinity;
    for (const slot of slotsOf(this.#expected)) {
      const absentMs = (this.#heardMs[slot] as number) + this.#absentAfterMs;
      if (nowMs >= absentMs) this.#expected = (this.#expected & ~(1 << slot)) >>> 0;
      else this.#nextAbsentMs = Math.min(this.#nextAbsentMs, absentMs);
    }
    this.#joining &= this.#expected;
  }

  /** The slots that an event of this TACK time waits for. */
  maskAt(high: number, low: number): number {
    if (this.#joining === 0) return this.#expected;
    let mask = this.#expected;
    for (const slot of slotsOf(this.#joining)) {
      if (this.#sinceJoiningNs(slot, high, low) < -this.#windowNs) mask &= ~(1 << slot);
    }
    return mask >>> 0;
  }

  /** Says that no later call will ask for an event before this TACK time. */
  settle(high: number, low: number): void {
    if (this.#joining === 0) return;
    for (const slot of slotsOf(this.#joining)) {
      if (this.#sinceJoiningNs(slot, high, low) >= 0) {
        this.#joining &= ~(1 << slot);
      }
    }
  }

  /** Distance of a TACK time from the start of a joining slot, ns. */
  #sinceJoiningNs(slot: number, high: number, low: number): number {
    return tackDifferenceNs(
      high,
      low,
      this.#fromHigh[slot] as number,
      this.#fromLow[slot] as number,
    );
  }

  /** The expected slots after a TACK reset: the same slots, from the first event on. */
  restarted(): ExpectedSlots {
    const next = new ExpectedSlots(this.#configured, this.#absentAfterMs, this.#windowNs);
    next.#expected = this.#expected;
    next.#heardMs.set(this.#heardMs);
    next.#nextAbsentMs = this.#nextAbsentMs;
    return next;
  }
}
