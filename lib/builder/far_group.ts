import { countSlots, SLOTS } from "../wire/camera.ts";
import { PacketView, READOUT_BYTES } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";
import type { Arrival } from "./arrival.ts";

/** Readouts far from the camera's TACK that agree with each other. */
export class FarGroup {
  #held: Arrival[] = [];
  /** The high half of each held readout's TACK time, by its low half and its slot. */
  readonly #highs = new Map<number, number>();
  #senders = 0;
  /** Slots whose readouts all belong to this group since they joined it. */
  #mask = 0;
  /** When the first of these slots joined. */
  #sinceMs = 0;
  #lastMs = 0;
  #leastHigh = 0;
  #leastLow = 0;
  #mostHigh = 0;
  #mostLow = 0;

  /** The readouts in order of arrival, each in its own packet. */
  get held(): readonly Arrival[] {
    return this.#held;
  }

  /** Monotonic time at which the first held readout arrived, ms; Infinity without one. */
  get firstMs(): number {
    return this.#held[0]?.nowMs ?? Infinity;
  }

  /** Slots that have readouts in this group. */
  get senders(): number {
    return this.#senders;
  }

  /** Slots that are in this group now. */
  get mask(): number {
    return this.#mask;
  }

  /** Whether a TACK time is within `farNs` of the held readouts. */
  agrees(high: number, low: number, farNs: number): boolean {
    return tackDifferenceNs(high, low, this.#leastHigh, this.#leastLow) >= -farNs &&
      tackDifferenceNs(high, low, this.#mostHigh, this.#mostLow) <= farNs;
  }

  /** Whether it holds a readout of this slot with this TACK time. */
  has(slot: number, high: number, low: number): boolean {
    return this.#highs.get(keyOf(slot, low)) === high;
  }

  /** Copies and holds readout `index` of a packet. */
  hold(arrival: Arrival, index: number): void {
    const { slot, packet, nowMs } = arrival;
    const bytes = new Uint8Array(READOUT_BYTES);
    packet.copyInto(index, bytes, 0);
    const copy = new PacketView(packet.byteOrder);
    copy.read(bytes, 0, READOUT_BYTES);
    this.#reach(copy, slot, this.#held.length === 0);
    this.#held.push({ ...arrival, packet: copy });
    this.join(slot, nowMs);
    this.#lastMs = nowMs;
  }

  /** Notes that a slot sent a readout that belongs to this group. */
  join(slot: number, nowMs: number): void {
    if (this.#mask === 0) this.#sinceMs = nowMs;
    this.#mask = (this.#mask | (1 << slot)) >>> 0;
  }

  /** Notes that a slot sent a readout that does not belong to this group. */
  leave(slot: number): void {
    this.#mask = (this.#mask & ~(1 << slot)) >>> 0;
  }

  /** Removes and returns the readouts for which this is true. */
  takeWhere(isWanted: (readout: Arrival) => boolean): readonly Arrival[] {
    const taken = this.#held.filter(isWanted);
    if (taken.length === 0) return taken;
    this.#held = this.#held.filter((readout) => !isWanted(readout));
    this.#senders = 0;
    this.#highs.clear();
    this.#held.forEach(({ packet, slot }, index) => this.#reach(packet, slot, index === 0));
    return taken;
  }

  /**
   * Whether more than half of the modules agree. A lone module must send twice, because one corrupt
   * packet is no proof.
   *
   * @param heard mask of the slots that were heard recently
   */
  isConfirmed(heard: number): boolean {
    const modules = countSlots(heard);
    return 2 * countSlots(this.#mask & heard) > modules &&
      (modules > 1 || this.#lastMs > this.#sinceMs);
  }

  /** Notes a held readout. Extends the group's TACK range to it, or starts the range there. */
  #reach(packet: PacketView, slot: number, isFirst: boolean): void {
    this.#senders = (this.#senders | (1 << slot)) >>> 0;
    const high = packet.tackHigh(0);
    const low = packet.tackLow(0);
    this.#highs.set(keyOf(slot, low), high);
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

/** The low half of a TACK time and a slot, 0..31, as one number. */
function keyOf(slot: number, low: number): number {
  return low * SLOTS + slot;
}
