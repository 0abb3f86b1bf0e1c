import { type CameraEvent, EventFlag } from "../wire/event.ts";

/** This number of split moments in a row is not an accident of the network. */
const IN_A_ROW = 20;

/**
 * Detects that readouts of one moment are always in several events: the modules' TACK times differ
 * by more than the window, so no event is ever complete.
 *
 * Consecutive events without a common module count as one moment.
 */
export class SplitMoments {
  /** The modules in the events of the current moment. */
  #mask = 0;
  #events = 0;
  #inARow = 0;

  /** Notes an event. Call it in the order of events. */
  note({ mask, flags }: Pick<CameraEvent, "mask" | "flags">, heardSlots: number): void {
    if ((flags & EventFlag.complete) !== 0) {
      this.#mask = 0;
      this.#events = 0;
      this.#inARow = 0;
    } else if ((this.#mask & mask) !== 0) {
      this.#endMoment(heardSlots);
      this.#mask = mask;
      this.#events = 1;
    } else {
      this.#mask |= mask;
      this.#events++;
    }
  }

  /** Whether many moments in a row were split. */
  get areMany(): boolean {
    return this.#inARow >= IN_A_ROW;
  }

  #endMoment(heardSlots: number): void {
    if (this.#events < 2) this.#inARow = 0;
    // If a packet was lost, the moment is ignored.
    else if ((heardSlots & ~this.#mask) === 0) this.#inARow++;
  }
}
