import type { CameraEvent } from "../../wire/event.ts";

/** The longest that an event is held back: the time that a packet covers, and room for jitter. */
const MAX_HELD_MS = 1500;

/** An event that comes this much after its turn has others follow from there. */
const MAX_LATE_MS = 200;

/** Events that are closer than this are not told apart by eye: the latest stands for them. */
const MIN_STEP_MS = 20;

/**
 * Spreads events that were built together, as those of one packet are, over the time in which they
 * were taken, by their TACK. An event is held for up to 1.5 s; of events within 20 ms, the latest
 * is shown, so that never more than 75 wait.
 *
 * It is pure: the time goes in.
 */
export class Playout {
  #waiting: { event: CameraEvent; dueMs: number }[] = [];
  /** A moment at which an event was shown or will be, from which the others follow. */
  #anchor: { timestampNs: bigint; dueMs: number } | undefined;

  /** Takes events that were built at this moment, in order. */
  push(events: readonly CameraEvent[], nowMs: number): void {
    for (const event of events) {
      const dueMs = this.#dueOf(event.timestampNs, nowMs);
      const last = this.#waiting.at(-1);
      if (last !== undefined && dueMs < last.dueMs + MIN_STEP_MS) last.event = event;
      else this.#waiting.push({ event, dueMs });
    }
  }

  /** The event to be shown now; undefined when none is due that was not given before. */
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
    // The first one, TACK was reset, or the camera's rate is no longer what it was.
    this.#anchor = { timestampNs, dueMs: nowMs };
    this.#waiting = [];
    return nowMs;
  }
}
