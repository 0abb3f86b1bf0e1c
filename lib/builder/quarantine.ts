import { countSlots } from "../camera.ts";
import { PacketView, READOUT_BYTES } from "../packet.ts";
import { tackDifferenceNs } from "../tack.ts";
import type { Arrival } from "./arrival.ts";

/** Readouts held at most; a packet of each of 32 modules has up to 1984. */
const CAPACITY = 2048;

/**
 * Holds readouts far off the camera's TACK until it is known what they are.
 *
 * When most of the modules that are heard agree on a new time, it is a TACK reset and their
 * readouts are given back to be built; when not, they are strays. It holds 2048 readouts; when it
 * is full, it takes no more and the readout is a stray.
 */
export class Quarantine {
  /** Slots that have readouts in here. */
  mask = 0;
  #held: Arrival[] = [];
  #firstMs = 0;
  #lastMs = 0;
  #lastHigh = 0;
  #lastLow = 0;

  get length(): number {
    return this.#held.length;
  }

  /** When the first of the readouts came; Infinity when there is none. */
  get sinceMs(): number {
    return this.#held.length === 0 ? Infinity : this.#firstMs;
  }

  /** Whether a TACK time is within `farNs` of the readout held last. */
  agrees(high: number, low: number, farNs: number): boolean {
    return this.#held.length === 0 ||
      Math.abs(tackDifferenceNs(high, low, this.#lastHigh, this.#lastLow)) <= farNs;
  }

  /** Holds readout `index` of a packet by copying it; false when there is no room. */
  hold(arrival: Arrival, index: number): boolean {
    if (this.#held.length === CAPACITY) return false;
    const { slot, packet, nowMs } = arrival;
    if (this.#held.length === 0) this.#firstMs = nowMs;
    const bytes = new Uint8Array(READOUT_BYTES);
    packet.copyInto(index, bytes, 0);
    const copy = new PacketView(packet.byteOrder);
    copy.read(bytes, 0, READOUT_BYTES);
    this.#held.push({ ...arrival, packet: copy });
    this.mask = (this.mask | (1 << slot)) >>> 0;
    this.#lastMs = nowMs;
    this.#lastHigh = packet.tackHigh(index);
    this.#lastLow = packet.tackLow(index);
    return true;
  }

  /**
   * Whether more than half of the modules agree; a lone module must have sent twice, for one
   * corrupt packet must not be believed.
   *
   * @param heard mask of the slots that were heard from lately
   */
  isConfirmed(heard: number): boolean {
    const modules = countSlots(heard);
    return 2 * countSlots(this.mask & heard) > modules &&
      (modules > 1 || this.#lastMs > this.#firstMs);
  }

  /** Takes everything out. */
  take(): Arrival[] {
    const held = this.#held;
    this.#held = [];
    this.mask = 0;
    return held;
  }
}
