import type { CameraEvent } from "../../wire/event.ts";

/** Longest delay of an event: the time that a packet covers, and some jitter. */
const MAX_HELD_MS = 1500;

/** If an event is late by more than this, the next ones are timed from it. */
const MAX_LATE_MS = 200;

/** The eye cannot separate events that are closer than this: only the latest is shown. */
const MIN_STEP_MS = 20;

/**
 * Spreads events that were built together, such as those of one packet, over time by their TACK. An
 * event is delayed by up to 1.5 s. Of events within 20 ms, only the latest is shown, so at most 75
 * wait.
 *
 * It is pure: the time is an argument.
 */
export class Playout {
  #waiting: { event: CameraEvent; dueMs: number }[] = [];
  /** The moment at which an event is shown. The times of the next events follow from it. */
  #anchor: { timestampNs: bigint; dueMs: number } | undefined;

  /** Adds events that were built now, in order. */
  push(events: readonly CameraEvent[], nowMs: number): void {
    for (const event of events) {
      const dueMs = this.#dueOf(event.timestampNs, nowMs);
      const last = this.#waiting.at(-1);
      if (last !== undefined && dueMs < last.dueMs + MIN_STEP_MS) last.event = event;
      else this.#waiting.push({ event, dueMs });
    }
  }

  /** The event to show now; undefined if there is no new one. */
  take(nowMs: number): CameraEvent | undefined {
    let due: CameraEvent | undefined;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.dueMs > nowMs) break;
      due = next.event;
      this.#waiting.shift();
    }
    return due;
  }

  #dueOf(timestampNs: bigint, nowMs: number): number {
    if (this.#anchor !== undefined) {
      const { timestampNs: fromNs, dueMs: fromMs } = this.#anchor;
      const dueMs = fromMs + Number(timestampNs - fromNs) / 1e6;
      if (dueMs > nowMs - MAX_LATE_MS && dueMs < nowMs + MAX_HELD_MS) return dueMs;
    }
    // The first event, a TACK reset, or a new rate of the camera.
    this.#anchor = { timestampNs, dueMs: nowMs };
    this.#waiting = [];
    return nowMs;
  }
}
