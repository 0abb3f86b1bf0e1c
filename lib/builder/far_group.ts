import { countSlots } from "../wire/camera.ts";
import { PacketView, READOUT_BYTES } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";
import type { Arrival } from "./arrival.ts";

/** Readouts far off the camera's TACK that agree with each other. */
export class FarGroup {
  #held: Arrival[] = [];
  #senders = 0;
  /** Slots that have sent nothing but readouts of this group since they came to it. */
  #mask = 0;
  /** When the first of these came to it. */
  #sinceMs = 0;
  #lastMs = 0;
  #leastHigh = 0;
  #leastLow = 0;
  #mostHigh = 0;
  #mostLow = 0;

  /** The readouts in order of arrival, each in a packet of its own. */
  get held(): readonly Arrival[] {
    return this.#held;
  }

  /** When the first of the readouts held came, monotonic ms; Infinity without one. */
  get firstMs(): number {
    return this.#held[0]?.nowMs ?? Infinity;
  }

  /** Slots that have readouts in here. */
  get senders(): number {
    return this.#senders;
  }

  /** Slots that are in it now. */
  get mask(): number {
    return this.#mask;
  }

  /** Whether a TACK time is within `farNs` of the readouts held. */
  agrees(high: number, low: number, farNs: number): boolean {
    return tackDifferenceNs(high, low, this.#leastHigh, this.#leastLow) >= -farNs &&
      tackDifferenceNs(high, low, this.#mostHigh, this.#mostLow) <= farNs;
  }

  /** Holds readout `index` of a packet by copying it. */
  hold(arrival: Arrival, index: number): void {
    const { slot, packet, nowMs } = arrival;
    const bytes = new Uint8Array(READOUT_BYTES);
    packet.copyInto(index, bytes, 0);
    const copy = new PacketView(packet.byteOrder);
    copy.read(bytes, 0, READOUT_BYTES);
    this.#reach(copy, slot, this.#held.length === 0);
    this.#held.push({ ...arrival, packet: copy });
    if (this.#mask === 0) this.#sinceMs = nowMs;
    this.#mask = (this.#mask | (1 << slot)) >>> 0;
    this.#lastMs = nowMs;
  }

  /** Notes that a slot has sent a readout that is none of this group. */
  leave(slot: number): void {
    this.#mask = (this.#mask & ~(1 << slot)) >>> 0;
  }

  /** Takes out the readouts of which this is true. */
  takeWhere(isWanted: (readout: Arrival) => boolean): readonly Arrival[] {
    const taken = this.#held.filter(isWanted);
    if (taken.length === 0) return taken;
    this.#held = this.#held.filter((readout) => !isWanted(readout));
    this.#senders = 0;
    this.#held.forEach(({ packet, slot }, index) => this.#reach(packet, slot, index === 0));
    return taken;
  }

  /**
   * Whether more than half of the modules agree; a lone module must have sent twice, for one
   * corrupt packet must not be believed.
   *
   * @param heard mask of the slots that were heard from lately
   */
  isConfirmed(heard: number): boolean {
    const modules = countSlots(heard);
    return 2 * countSlots(this.#mask & heard) > modules &&
      (modules > 1 || this.#lastMs > this.#sinceMs);
  }

  /** Widens what the group spans to a readout, or begins there. */
  #reach(packet: PacketView, slot: number, isFirst: boolean): void {
    this.#senders = (this.#senders | (1 << slot)) >>> 0;
    const high = packet.tackHigh(0);
    const low = packet.tackLow(0);
    if (isFirst || tackDifferenceNs(high, low, this.#leastHigh, this.#leastLow) < 0) {
      this.#leastHigh = high;
      this.#leastLow = low;
    }
    if (isFirst || tackDifferenceNs(high, low, this.#mostHigh, this.#mostLow) > 0) {
      this.#mostHigh = high;
      this.#mostLow = low;
    }
  }
}
