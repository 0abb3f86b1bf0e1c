import type { RecorderLedger } from "../ledger/ledger.ts";
import { type CameraEvent, decodeEvent } from "../wire/event.ts";
import type { EventSequence } from "./event_sequence.ts";
import { JumpHold } from "./jump_hold.ts";

/** Reads and counts messages. No content of a message can make it throw. */
export class EventIntake {
  readonly #sequence: EventSequence;
  readonly #ledger: RecorderLedger;
  readonly #jumps: JumpHold;

  /** @param sequence the events so far; {@linkcode EventIntake.isNew} updates it */
  constructor(sequence: EventSequence, ledger: RecorderLedger) {
    this.#sequence = sequence;
    this.#ledger = ledger;
    this.#jumps = new JumpHold(sequence);
  }

  /** When to call {@linkcode EventIntake.release} for held events; Infinity if there are none. */
  get nextReleaseMs(): number {
    return this.#jumps.nextAcceptMs;
  }

  /**
   * The events to pass on after a message, in order. There is none if the message is refused, or
   * held until its number is confirmed.
   *
   * @param nowMs monotonic clock
   */
  read(message: Uint8Array, nowMs: number): readonly CameraEvent[] {
    const event = this.#decode(message);
    if (event === undefined) return [];
    const { events, givenUp } = this.#jumps.take(event, nowMs);
    this.#ledger.refused.number += givenUp;
    return events;
  }

  /**
   * Held events that nothing contradicts: no event of their run arrived for some time.
   *
   * @param nowMs monotonic clock; Infinity at the end
   */
  release(nowMs: number): readonly CameraEvent[] {
    return this.#jumps.release(nowMs);
  }

  /** Refuses the events still held, at the end. */
  refuseHeld(): void {
    this.#ledger.refused.number += this.#jumps.giveUp();
  }

  #decode(message: Uint8Array): CameraEvent | undefined {
    const { refused } = this.#ledger;
    const event = decodeEvent(message);
    if (typeof event === "string") {
      refused[event]++;
      return undefined;
    }
    if (!this.#sequence.isPlausible(event)) {
      refused.number++;
      return undefined;
    }
    return event;
  }

  /** Counts an event and notes its number; false if it was received before. */
  isNew(event: CameraEvent): boolean {
    const { recorder } = this.#ledger;
    const isNew = this.#sequence.isNew(event);
    recorder.heard++;
    recorder.missed = this.#sequence.missed;
    recorder.runs = this.#sequence.runs;
    if (!isNew) recorder.duplicate++;
    return isNew;
  }
}
