import { type CameraEvent, EventFlag } from "../wire/event.ts";

/** So many moments in a row that lie in several events are no accident of the network. */
const IN_A_ROW = 20;

/**
 * Sees when the modules' readouts of one moment lie in several events each time: their TACK times are
 * further apart than the window, so that no event is ever complete.
 *
 * Events that follow each other without a module in common are taken for one moment.
 */
export class SplitMoments {
  /** The modules in the events of the moment under way. */
  #mask = 0;
  #events = 0;
  #inARow = 0;

  /** Notes an event, in order. */
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

  /** Whether that has been so for some time. */
  get areMany(): boolean {
    return this.#inARow >= IN_A_ROW;
  }

  #endMoment(heardSlots: number): void {
    if (this.#events < 2) this.#inARow = 0;
    // With a packet lost, the moment tells nothing.
    else if ((heardSlots & ~this.#mask) === 0) this.#inARow++;
  }
}
