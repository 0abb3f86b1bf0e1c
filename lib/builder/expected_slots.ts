import { SLOTS, slotsOf } from "../wire/camera.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

// Every slot, 0..31, is in range of what is kept by slot, and some of it is read for each readout:
// hence `as number` below, and no check.

/**
 * Which slots an event waits for.
 *
 * All configured ones at first; one not heard from for a while is no longer waited for, until it
 * is heard again: then from that readout's TACK time on. When the whole camera has been silent,
 * its first readout makes all configured slots expected again, so that the first module to speak
 * is never mistaken for the camera.
 */
export class ExpectedSlots {
  readonly #configured: number;
  readonly #silentAfterMs: number;
  readonly #windowNs: number;
  readonly #heardMs = new Float64Array(SLOTS);
  /** Slots expected only from a TACK time on. */
  #joining = 0;
  readonly #fromHigh = new Uint32Array(SLOTS);
  readonly #fromLow = new Uint32Array(SLOTS);
  #expected = 0;
  /** No slot falls silent before this. */
  #nextSilentMs = Infinity;

  /**
   * @param configured mask of the slots the camera has
   * @param silentAfterMs how long a silent slot is waited for
   * @param windowNs how far a slot's first TACK time may lie after the event it is in
   */
  constructor(configured: number, silentAfterMs: number, windowNs: number) {
    this.#configured = configured >>> 0;
    this.#silentAfterMs = silentAfterMs;
    this.#windowNs = windowNs;
  }

  /** Notes that a slot has sent a readout of this TACK time. */
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
    this.#nextSilentMs = Math.min(this.#nextSilentMs, nowMs + this.#silentAfterMs);
  }

  /** Drops the slots that have been silent for too long. */
  expire(nowMs: number): void {
    if (nowMs < this.#nextSilentMs) return;
    this.#nextSilentMs = Infinity;
    for (const slot of slotsOf(this.#expected)) {
      const silentMs = (this.#heardMs[slot] as number) + this.#silentAfterMs;
      if (nowMs >= silentMs) this.#expected = (this.#expected & ~(1 << slot)) >>> 0;
      else this.#nextSilentMs = Math.min(this.#nextSilentMs, silentMs);
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

  /** Notes that no event before this TACK time will be asked for again. */
  settle(high: number, low: number): void {
    if (this.#joining === 0) return;
    for (const slot of slotsOf(this.#joining)) {
      if (this.#sinceJoiningNs(slot, high, low) >= 0) {
        this.#joining &= ~(1 << slot);
      }
    }
  }

  /** How far a TACK time is from where a joining slot begins, ns. */
  #sinceJoiningNs(slot: number, high: number, low: number): number {
    return tackDifferenceNs(
      high,
      low,
      this.#fromHigh[slot] as number,
      this.#fromLow[slot] as number,
    );
  }

  /** What is expected when TACK is reset: the same slots, from the first event on. */
  restarted(): ExpectedSlots {
    const next = new ExpectedSlots(this.#configured, this.#silentAfterMs, this.#windowNs);
    next.#expected = this.#expected;
    next.#heardMs.set(this.#heardMs);
    next.#nextSilentMs = this.#nextSilentMs;
    return next;
  }
}
