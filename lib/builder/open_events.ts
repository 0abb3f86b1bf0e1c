import { tackDifferenceNs } from "../tack.ts";
import type { OpenEvent } from "./open_event.ts";

/** The open events in order of TACK, any two of them more than the window apart. */
export class OpenEvents {
  readonly #events: OpenEvent[] = [];
  /** Where the next readout of a packet most likely belongs: behind the one before it. */
  #hint = 0;

  get length(): number {
    return this.#events.length;
  }

  /** The event of the smallest TACK time. */
  get oldest(): OpenEvent | undefined {
    return this.#events[0];
  }

  /**
   * The event nearest to a TACK time.
   *
   * @param nearNs an event this close is taken without looking further; half the window is safe
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
      const toAfterNs = tackDifferenceNs(events[after].high, events[after].low, high, low);
      const before = events[after - 1];
      if (tackDifferenceNs(high, low, before.high, before.low) <= toAfterNs) found = after - 1;
    }
    this.#hint = found + 1;
    return events[found];
  }

  /** Puts an event in its place. */
  insert(event: OpenEvent): void {
    const at = this.#firstAfter(event.high, event.low);
    if (at === this.#events.length) this.#events.push(event);
    else this.#events.splice(at, 0, event);
    this.#hint = at + 1;
  }

  /** Takes the oldest event out. */
  shift(): OpenEvent | undefined {
    if (this.#hint > 0) this.#hint--;
    return this.#events.shift();
  }

  /** How many events, counted from the oldest, reach up to the last whose deadline has passed. */
  countDue(nowMs: number): number {
    return this.#events.findLastIndex((event) => event.deadlineMs <= nowMs) + 1;
  }

  /** The earliest deadline, Infinity when none is open. */
  earliestDeadlineMs(): number {
    return this.#events.reduce((least, event) => Math.min(least, event.deadlineMs), Infinity);
  }

  /** Index of the first event whose TACK time is greater. */
  #firstAfter(high: number, low: number): number {
    const events = this.#events;
    let from = 0;
    let to = events.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const event = events[middle];
      if (tackDifferenceNs(event.high, event.low, high, low) > 0) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
