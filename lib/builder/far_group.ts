import { countSlots } from "../camera.ts";
import { PacketView, READOUT_BYTES } from "../packet.ts";
import { tackDifferenceNs } from "../tack.ts";
import type { Arrival } from "./arrival.ts";

/** Readouts far off the camera's TACK that agree with each other. */
export class FarGroup {
  /** Slots that have readouts in here. */
  mask = 0;
  /** The readouts, each in a packet of its own. */
  readonly held: Arrival[] = [];
  /** When the first of them came. */
  readonly firstMs: number;
  #lastMs: number;
  #lastHigh = 0;
  #lastLow = 0;

  constructor(nowMs: number) {
    this.firstMs = this.#lastMs = nowMs;
  }

  /** Whether a TACK time is within `farNs` of the readout held last. */
  agrees(high: number, low: number, farNs: number): boolean {
    return Math.abs(tackDifferenceNs(high, low, this.#lastHigh, this.#lastLow)) <= farNs;
  }

  /** Holds readout `index` of a packet by copying it. */
  hold(arrival: Arrival, index: number): void {
    const { slot, packet, nowMs } = arrival;
    const bytes = new Uint8Array(READOUT_BYTES);
    packet.copyInto(index, bytes, 0);
    const copy = new PacketView(packet.byteOrder);
    copy.read(bytes, 0, READOUT_BYTES);
    this.held.push({ ...arrival, packet: copy });
    this.mask = (this.mask | (1 << slot)) >>> 0;
    this.#lastMs = nowMs;
    this.#lastHigh = packet.tackHigh(index);
    this.#lastLow = packet.tackLow(index);
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
      (modules > 1 || this.#lastMs > this.firstMs);
  }
}
