import { SLOTS } from "../wire/camera.ts";
import type { PacketView } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

/** So many short steps in a row are no copy, no reset and no stray readout. */
const IN_A_ROW = 5;

/** A step this little short of what is needed is the jitter of a clock. */
const TOLERANCE = 0.99;

/**
 * Sees when a module's own readouts follow each other faster than a window allows: within twice the
 * window, some readouts join their neighbours' events.
 */
export class ShortSteps {
  readonly #shortNs: number;
  readonly #isKnown = new Uint8Array(SLOTS);
  readonly #high = new Uint32Array(SLOTS);
  readonly #low = new Uint32Array(SLOTS);
  readonly #inARow = new Uint32Array(SLOTS);

  /** @param windowNs how far in TACK a readout may lie from an event's first one, ns */
  constructor(windowNs: number) {
    this.#shortNs = 2 * windowNs * TOLERANCE;
  }

  /**
   * Notes a packet.
   *
   * @returns the step, ns, when it has been too short several times in a row; else 0
   */
  note(slot: number, packet: PacketView): number {
    let shortNs = 0;
    // Read for every packet; all slots are in range.
    let high = this.#high[slot] as number;
    let low = this.#low[slot] as number;
    let inARow = this.#inARow[slot] as number;
    for (let index = 0; index < packet.count; index++) {
      const beforeHigh = high;
      const beforeLow = low;
      high = packet.tackHigh(index);
      low = packet.tackLow(index);
      if (index === 0 && this.#isKnown[slot] === 0) continue;
      const stepNs = tackDifferenceNs(high, low, beforeHigh, beforeLow);
      // A copy, one that was overtaken, or a reset: it tells nothing.
      if (stepNs <= 0) continue;
      if (stepNs < this.#shortNs) {
        if (++inARow >= IN_A_ROW) shortNs = stepNs;
        continue;
      }
      inARow = 0;
      shortNs = 0;
      if (index > 0) break;
    }
    const last = packet.count - 1;
    this.#isKnown[slot] = 1;
    this.#inARow[slot] = inARow;
    this.#high[slot] = packet.tackHigh(last);
    this.#low[slot] = packet.tackLow(last);
    return shortNs;
  }
}
