import { SLOTS } from "../wire/camera.ts";
import type { PacketView } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

/** This number of short steps in a row is no copy, reset or stray readout. */
const IN_A_ROW = 5;

/** A step that is too short by less than this is clock jitter. */
const TOLERANCE = 0.99;

/**
 * Detects a module whose own readouts follow each other too fast for the window. If they are less
 * than two windows apart, some readouts join the events of their neighbours.
 */
export class ShortSteps {
  readonly #shortNs: number;
  readonly #isKnown = new Uint8Array(SLOTS);
  readonly #high = new Uint32Array(SLOTS);
  readonly #low = new Uint32Array(SLOTS);
  readonly #inARow = new Uint32Array(SLOTS);

  /** @param windowNs largest TACK distance of a readout from an event's first readout, ns */
  constructor(windowNs: number) {
    this.#shortNs = 2 * windowNs * TOLERANCE;
  }

  /**
   * Notes a packet.
   *
   * @returns the step, ns, if it was too short several times in a row; else 0
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
      // A copy, an overtaken packet or a reset: ignored.
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
