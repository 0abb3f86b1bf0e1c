import { tackDifferenceNs } from "../tack.ts";

const NS_PER_MS = 1e6;

/** Where the camera's TACK stands: the newest time placed, and the last one emitted. */
export class Timeline {
  /** Monotonic time at which a readout was last placed. */
  advancedMs = -Infinity;
  #newest = false;
  #newestHigh = 0;
  #newestLow = 0;
  #emitted = false;
  #emittedHigh = 0;
  #emittedLow = 0;

  /** Notes a readout that was placed. */
  advance(high: number, low: number, nowMs: number): void {
    this.advancedMs = nowMs;
    if (this.#newest && tackDifferenceNs(high, low, this.#newestHigh, this.#newestLow) <= 0) return;
    this.#newest = true;
    this.#newestHigh = high;
    this.#newestLow = low;
  }

  /** Notes the event emitted last, by the TACK time of its first readout. */
  emitted(high: number, low: number): void {
    this.#emitted = true;
    this.#emittedHigh = high;
    this.#emittedLow = low;
  }

  /**
   * Whether a TACK time is more than `farNs` off the newest one; ahead of it, time that has passed
   * without a readout counts too, for a camera that paused is not a reset.
   */
  isFar(high: number, low: number, farNs: number, nowMs: number): boolean {
    if (!this.#newest) return false;
    const aheadNs = tackDifferenceNs(high, low, this.#newestHigh, this.#newestLow);
    return aheadNs < -farNs || aheadNs > farNs + (nowMs - this.advancedMs) * NS_PER_MS;
  }

  /** How far a TACK time is from the last event emitted, 0 when before it; Infinity without one. */
  sinceEmittedNs(high: number, low: number): number {
    if (!this.#emitted) return Infinity;
    return Math.max(0, tackDifferenceNs(high, low, this.#emittedHigh, this.#emittedLow));
  }

  /** Whether a TACK time belongs to an event already emitted, or to a moment before it. */
  isPast(high: number, low: number, windowNs: number): boolean {
    return this.sinceEmittedNs(high, low) <= windowNs;
  }

  /** Forgets everything but when it last advanced. */
  clear(): void {
    this.#newest = false;
    this.#emitted = false;
  }
}
