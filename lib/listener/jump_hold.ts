import type { CameraEvent } from "../wire/event.ts";
import { runKey } from "../wire/run_id.ts";
import type { EventSequence } from "./event_sequence.ts";

/** How long nothing of its run may follow an event until it is believed: packets may be seconds apart. */
const BELIEVE_MS = 5000;

/** Events of one run that are held at most. */
const MAX_HELD_OF_RUN = 4;
/** Events held at most, 0.5 MB; beyond, the one held for longest is given up. */
const MAX_HELD = 32;

/** An event that came before those that lie between it and the last one. */
interface HeldEvent {
  key: bigint;
  event: CameraEvent;
  sinceMs: number;
  /** Whether an event of a smaller number came after it: then its own number is in doubt. */
  isDoubted: boolean;
}

/**
 * Holds an event whose number is not the next one of its run until another bears it out.
 *
 * A number far ahead that nobody counted to, of a foreign or a damaged message, would make all that
 * truly follows look like repetitions. So an event beyond a gap is passed on when a later one of
 * its run comes, or it comes again, or when the events before it have come, or when nothing of its
 * run follows for five seconds, which is longer than from one packet to the next. When its run goes on
 * below it instead, it waits for its turn. What is held is bounded: of a run the largest number is
 * given up first.
 */
export class JumpHold {
  readonly #sequence: EventSequence;
  /** By run and rising number, as far as they are of one run. */
  #held: HeldEvent[] = [];

  constructor(sequence: EventSequence) {
    this.#sequence = sequence;
  }

  /** When the next event may be believed since nothing has followed it; Infinity for none. */
  get nextBeliefMs(): number {
    return this.#held.reduce(
      (least, { sinceMs, isDoubted }) => isDoubted ? least : Math.min(least, sinceMs + BELIEVE_MS),
      Infinity,
    );
  }

  /**
   * Takes an event.
   *
   * @param nowMs monotonic clock
   * @returns the events to pass on, in their order, and how many were given up
   */
  take(event: CameraEvent, nowMs: number): { events: readonly CameraEvent[]; givenUp: number } {
    const { number } = event;
    const last = this.#sequence.lastOf(event);
    if (number <= last) return { events: [event], givenUp: 0 };
    if (this.#held.length === 0 && number === last + 1n) return { events: [event], givenUp: 0 };
    const key = runKey(event);
    const events = this.#takeBelieved(key, number);
    for (const held of this.#held) if (held.key === key) held.isDoubted = true;
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
   * Gives the events back that nothing speaks against, since nothing of their run has followed.
   *
   * @param nowMs monotonic clock; Infinity at the end, when nothing follows any more
   */
  release(nowMs: number): CameraEvent[] {
    return this.#takeOut(({ isDoubted, sinceMs }) => !isDoubted && nowMs - sinceMs >= BELIEVE_MS);
  }

  /** Gives all others up, and says how many there were. */
  giveUp(): number {
    const { length } = this.#held;
    this.#held = [];
    return length;
  }

  /** Takes out what an event of this number bears out: the run has come at least so far. */
  #takeBelieved(key: bigint, number: bigint): CameraEvent[] {
    const borneOut = this.#held.findLast((held) =>
      held.key === key &&
      (held.event.number === number || held.event.number < number && !held.isDoubted)
    );
    if (borneOut === undefined) return [];
    const { event: { number: reached } } = borneOut;
    return this.#takeOut((held) => held.key === key && held.event.number <= reached);
  }

  #hold(key: bigint, event: CameraEvent, sinceMs: number): number {
    const at = this.#held.findIndex((held) => held.key === key && held.event.number > event.number);
    const held = { key, event, sinceMs, isDoubted: false };
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
