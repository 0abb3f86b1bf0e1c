import { tackDifferenceNs } from "../wire/tack.ts";
import type { OpenEvent } from "./open_event.ts";

// Each readout reads several events, all of them in range, so the code uses `as OpenEvent` and does
// not check.

/** The open events in order of TACK. Any two are more than the window apart. */
export class OpenEvents {
  readonly #events: OpenEvent[] = [];
  /** Where the next readout of a packet most likely belongs: after the readout before it. */
  #hint = 0;
  /** How many events the camera has reached, counted from the oldest. */
  #reached = 0;

  get length(): number {
    return this.#events.length;
  }

  /** The event with the smallest TACK time. */
  get oldest(): OpenEvent | undefined {
    return this.#events[0];
  }

  /**
   * If `count` or more events that the camera has not reached are older than a TACK time: the event
   * in their middle.
   */
  markAhead(high: number, low: number, count: number): OpenEvent | undefined {
    const older = this.#firstAfter(high, low);
    if (older - this.#reached < count) return undefined;
    return this.#events[older - Math.ceil(count / 2)];
  }

  /**
   * The open event nearest to a TACK time.
   *
   * @param nearNs an event as near as this is returned without a further search; half the window is
   * safe
   */
  nearest(high: number, low: number, nearNs: number): OpenEvent | undefined {
    const events = this.#events;
    const hinted = events[this.#hint];
    if (
      hinted !== undefined &&
      Math.abs(tackDifferenceNs(high, low, hinted.high, hinted.low)) <= nearNs
    ) {
      this.#hint++;
      return hinted;
    }
    const after = this.#firstAfter(high, low);
    let found = after;
    if (after === events.length) found = after - 1;
    else if (after > 0) {
      const next = events[after] as OpenEvent;
      const toAfterNs = tackDifferenceNs(next.high, next.low, high, low);
      const before = events[after - 1] as OpenEvent;
      if (tackDifferenceNs(high, low, before.high, before.low) <= toAfterNs) found = after - 1;
    }
    this.#hint = found + 1;
    return events[found];
  }

  /** Inserts an event in order. */
  insert(event: OpenEvent): void {
    const at = this.#firstAfter(event.high, event.low);
    if (at === this.#events.length) this.#events.push(event);
    else this.#events.splice(at, 0, event);
    this.#hint = at + 1;
    if (at < this.#reached) this.#reached++;
  }

  /** Removes and returns the oldest event. */
  shift(): OpenEvent | undefined {
    if (this.#hint > 0) this.#hint--;
    if (this.#reached > 0) this.#reached--;
    return this.#events.shift();
  }

  /**
   * Notes where the camera is. An event that it reaches now waits at least until the deadline.
   *
   * @param windowNs an event may be this far ahead of the camera and still count as reached
   */
  reach(high: number, low: number, windowNs: number, deadlineMs: number): void {
    const events = this.#events;
    const isReached = (event: OpenEvent) =>
      tackDifferenceNs(event.high, event.low, high, low) <= windowNs;
    while (this.#reached > 0 && !isReached(events[this.#reached - 1] as OpenEvent)) this.#reached--;
    for (; this.#reached < events.length; this.#reached++) {
      const event = events[this.#reached] as OpenEvent;
      if (!isReached(event)) break;
      if (event.deadlineMs < deadlineMs) event.deadlineMs = deadlineMs;
    }
  }

  /** Marks all events as not reached. */
  forgetReached(): void {
    this.#reached = 0;
  }

  /**
   * Number of events from the oldest to the last one whose deadline has passed.
   *
   * @param aheadMs events that the camera has not reached are not due before this time
   */
  countDue(nowMs: number, aheadMs: number): number {
    const events = this.#events;
    for (let count = nowMs < aheadMs ? this.#reached : events.length; count > 0; count--) {
      if ((events[count - 1] as OpenEvent).deadlineMs <= nowMs) return count;
    }
    return 0;
  }

  /**
   * The earliest deadline; Infinity if no event is open.
   *
   * @param from skips this number of events, counted from the oldest
   * @param aheadMs events that the camera has not reached are not due before this time
   */
  earliestDeadlineMs(from: number, aheadMs: number): number {
    let earliestMs = Infinity;
    for (let index = from; index < this.#events.length; index++) {
      const { deadlineMs } = this.#events[index] as OpenEvent;
      const dueMs = index < this.#reached ? deadlineMs : Math.max(deadlineMs, aheadMs);
      if (dueMs < earliestMs) earliestMs = dueMs;
    }
    return earliestMs;
  }

  /** Index of the first event with a greater TACK time. */
  #firstAfter(high: number, low: number): number {
    const events = this.#events;
    let from = 0;
    let to = events.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const event = events[middle] as OpenEvent;
      if (tackDifferenceNs(event.high, event.low, high, low) > 0) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
