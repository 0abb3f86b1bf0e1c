import { type CameraEvent, decodeEvent } from "../event.ts";
import type { RecorderLedger } from "../ledger.ts";
import type { EventSequence } from "./event_sequence.ts";

/** Takes messages in and counts them; nothing that a message contains can raise. */
export class EventIntake {
  readonly #sequence: EventSequence;
  readonly #ledger: RecorderLedger;

  /** @param sequence which events there have been; noted by {@linkcode EventIntake.isNew} */
  constructor(sequence: EventSequence, ledger: RecorderLedger) {
    this.#sequence = sequence;
    this.#ledger = ledger;
  }

  /** The event in a message; undefined when it is refused. */
  read(message: Uint8Array): CameraEvent | undefined {
    const { refused } = this.#ledger;
    const event = decodeEvent(message);
    if (typeof event === "string") {
      refused[event]++;
      return undefined;
    }
    if (!this.#sequence.isPlausible(event.run, event.number)) {
      refused.number++;
      return undefined;
    }
    return event;
  }

  /** Counts an event that was read, and gives it its place; false when it has come before. */
  isNew({ run, number }: CameraEvent): boolean {
    const { recorder } = this.#ledger;
    const isNew = this.#sequence.isNew(run, number);
    recorder.heard++;
    recorder.missed = this.#sequence.missed;
    recorder.runs = this.#sequence.runs;
    if (!isNew) recorder.duplicate++;
    return isNew;
  }
}
