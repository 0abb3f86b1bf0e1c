import { type CameraEvent, decodeEvent } from "../wire/event.ts";
import type { RecorderLedger } from "../ledger/ledger.ts";
import type { EventSequence } from "./event_sequence.ts";
import { JumpHold } from "./jump_hold.ts";

/** Takes messages in and counts them; nothing that a message contains can raise. */
export class EventIntake {
  readonly #sequence: EventSequence;
  readonly #ledger: RecorderLedger;
  readonly #jumps: JumpHold;

  /** @param sequence which events there have been; noted by {@linkcode EventIntake.isNew} */
  constructor(sequence: EventSequence, ledger: RecorderLedger) {
    this.#sequence = sequence;
    this.#ledger = ledger;
    this.#jumps = new JumpHold(sequence);
  }

  /** When to call {@linkcode EventIntake.release}, as there are events held; Infinity for never. */
  get nextReleaseMs(): number {
    return this.#jumps.nextBeliefMs;
  }

  /**
   * The events to pass on after a message, in their order: none when it is refused, or is held
   * until its number is borne out.
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
   * The events held that nothing speaks against, as nothing of their run has come for a while.
   *
   * @param nowMs monotonic clock; Infinity at the end
   */
  release(nowMs: number): readonly CameraEvent[] {
    return this.#jumps.release(nowMs);
  }

  /** Refuses what is still held, at the end. */
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

  /** Counts an event that was read, and gives it its place; false when it has come before. */
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
