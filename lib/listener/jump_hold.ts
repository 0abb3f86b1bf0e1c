import type { CameraEvent } from "../wire/event.ts";
import { runKey } from "../wire/run_id.ts";
import type { EventSequence } from "./event_sequence.ts";

/**
 * An event is accepted if no event of its run follows for this time. Packets may be seconds apart.
 */
const ACCEPT_AFTER_MS = 5000;

/** Maximum number of held events of one run. */
const MAX_HELD_OF_RUN = 4;
/** Maximum number of held events, 0.5 MB. Beyond it, the one held for longest is given up. */
const MAX_HELD = 32;

/** An event received before the events between it and the last one. */
interface HeldEvent {
  key: bigint;
  event: CameraEvent;
  sinceMs: number;
  /** Whether an event with a smaller number came after it. Then its own number is doubtful. */
  isDoubtful: boolean;
}

/**
 * Holds an event whose number is not the next one of its run, until another event confirms it.
 *
 * A foreign or damaged message may have a number far ahead. Then all true events after it would
 * look like repetitions. So an event after a gap is passed on only in these cases: a later event of
 * its run arrives; it arrives again; the events before it have arrived; or no event of its run
 * follows for five seconds, which is longer than from one packet to the next. If its run continues
 * below it, it waits for its turn. The number of held events is bounded: the largest number of a
 * run is given up first.
 */
export class JumpHold {
  readonly #sequence: EventSequence;
  /** Held events; those of one run in rising order of number. */
  #held: HeldEvent[] = [];

  constructor(sequence: EventSequence) {
    this.#sequence = sequence;
  }

  /** When the next event can be accepted because none followed it; Infinity if there is none. */
  get nextAcceptMs(): number {
    return this.#held.reduce(
      (least, { sinceMs, isDoubtful }) =>
        isDoubtful ? least : Math.min(least, sinceMs + ACCEPT_AFTER_MS),
      Infinity,
    );
  }

  /**
   * Takes an event.
   *
   * @param nowMs monotonic clock
   * @returns the events to pass on, in order, and how many were given up
   */
  take(event: CameraEvent, nowMs: number): { events: readonly CameraEvent[]; givenUp: number } {
    const { number } = event;
    const last = this.#sequence.lastOf(event);
    if (number <= last) return { events: [event], givenUp: 0 };
    if (this.#held.length === 0 && number === last + 1n) return { events: [event], givenUp: 0 };
    const key = runKey(event);
    const events = this.#takeConfirmed(key, number);
    for (const held of this.#held) if (held.key === key) held.isDoubtful = true;
    const before = events.at(-1)?.number ?? last;
    if (number > before + 1n) return { events, givenUp: this.#hold(key, event, nowMs) };
    events.push(event);
    for (let next = number + 1n;; next++) {
      const [follower] = this.#takeOut((held) => held.key === key && held.event.number === next);
      if (follower === undefined) return { events, givenUp: 0 };
      events.push(follower);
    }
  }

  /**
   * Returns the events that nothing contradicts: no event of their run has followed.
   *
   * @param nowMs monotonic clock; Infinity at the end, when no event follows
   */
  release(nowMs: number): CameraEvent[] {
    return this.#takeOut(({ isDoubtful, sinceMs }) =>
      !isDoubtful && nowMs - sinceMs >= ACCEPT_AFTER_MS
    );
  }

  /** Gives up all other events, and returns how many there were. */
  giveUp(): number {
    const { length } = this.#held;
    this.#held = [];
    return length;
  }

  /** Removes and returns the events that this number confirms: the run has reached them. */
  #takeConfirmed(key: bigint, number: bigint): CameraEvent[] {
    const borneOut = this.#held.findLast((held) =>
      held.key === key &&
      (held.event.number === number || held.event.number < number && !held.isDoubtful)
    );
    if (borneOut === undefined) return [];
    const { event: { number: reached } } = borneOut;
    return this.#takeOut((held) => held.key === key && held.event.number <= reached);
  }

  #hold(key: bigint, event: CameraEvent, sinceMs: number): number {
    const at = this.#held.findIndex((held) => held.key === key && held.event.number > event.number);
    const held = { key, event, sinceMs, isDoubtful: false };
    if (at < 0) this.#held.push(held);
    else this.#held.splice(at, 0, held);
    const ofRun = this.#held.filter((held) => held.key === key);
    const tooMany = ofRun.length > MAX_HELD_OF_RUN
      ? ofRun.at(-1)
      : this.#held.length > MAX_HELD
      ? this.#held[0]
      : undefined;
    return this.#takeOut((held) => held === tooMany).length;
  }

  #takeOut(isTaken: (held: HeldEvent) => boolean): CameraEvent[] {
    const taken = this.#held.filter(isTaken);
    if (taken.length > 0) this.#held = this.#held.filter((held) => !isTaken(held));
    return taken.map(({ event }) => event);
  }
}
