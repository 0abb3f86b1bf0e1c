import type { CameraEvent } from "../event.ts";

/** Events that wait to be shown, at most. */
const MAX_WAITING = 32;

/** The longest that any is held back: the time that a packet of the camera covers. */
const MAX_HELD_MS = 1000;

/**
 * Spreads events that were built together, as those of one packet are, over the time in which they
 * were taken. What has not been shown when newer ones come is left out: the latest wins.
 *
 * It is pure: the time goes in.
 */
export class Playout {
  #waiting: { event: CameraEvent; dueMs: number }[] = [];

  /** Takes events that were built at this moment, in order; the first one is due at once. */
  push(events: readonly CameraEvent[], nowMs: number): void {
    const shown = events.slice(-MAX_WAITING);
    if (shown.length === 0) return;
    const [{ timestampNs }] = shown;
    this.#waiting = shown.map((event) => {
      const heldMs = Number(event.timestampNs - timestampNs) / 1e6;
      return { event, dueMs: nowMs + Math.min(Math.max(heldMs, 0), MAX_HELD_MS) };
    });
  }

  /** The event to be shown now; undefined when none is due that was not given before. */
  take(nowMs: number): CameraEvent | undefined {
    let due: CameraEvent | undefined;
    while (this.#waiting.length > 0 && this.#waiting[0].dueMs <= nowMs) {
      due = this.#waiting.shift()?.event;
    }
    return due;
  }
}
