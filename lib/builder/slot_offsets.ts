import { SLOTS } from "../camera.ts";
import type { PacketView } from "../packet.ts";
import { formatDuration } from "../config/duration.ts";
import { tackDifferenceNs } from "../tack.ts";

const NS_PER_MS = 1e6;

/** What a module may be off the camera beside the time that its packet spans, ns. */
const PLAUSIBLE_NS = 500_000_000;

/** So many packets in a row, all early or all late, are no accident of the network. */
const PACKETS = 3;

/**
 * How far each slot's TACK is off the camera's.
 *
 * A packet is sent when its last readout is taken: TACK of that less the time of arrival is the same
 * for all modules that are synchronised, but for the network. A slot's offset is that, less the
 * median of all slots heard. Whether a slot is synchronised is judged by where the camera is in TACK,
 * for a simulated camera may be faster than the clock.
 */
export class SlotOffsets {
  readonly #silentAfterMs: number;
  #hasOrigin = false;
  #originHigh = 0;
  #originLow = 0;
  /** TACK less the time of arrival of each slot's last packet, ns. */
  readonly #tackNs = new Float64Array(SLOTS);
  readonly #heardMs = new Float64Array(SLOTS).fill(-Infinity);
  /** How many packets in a row were implausibly early, or, below 0, late. */
  readonly #streak = new Float64Array(SLOTS);
  /** The same two of the last packet that told that its slot is not synchronised. */
  readonly #strayTackNs = new Float64Array(SLOTS);
  readonly #strayMs = new Float64Array(SLOTS).fill(-Infinity);
  /** When a packet in step came after such a one. */
  readonly #backMs = new Float64Array(SLOTS).fill(-Infinity);

  /** @param silentAfterMs how long a packet counts */
  constructor(silentAfterMs: number) {
    this.#silentAfterMs = silentAfterMs;
  }

  /**
   * Notes a packet.
   *
   * @param aheadNs how far its last readout is ahead of the camera
   */
  note(slot: number, packet: PacketView, nowMs: number, aheadNs: number): void {
    const last = packet.count - 1;
    const high = packet.tackHigh(last);
    const low = packet.tackLow(last);
    if (!this.#hasOrigin) {
      this.#hasOrigin = true;
      this.#originHigh = high;
      this.#originLow = low;
    }
    const tackNs = tackDifferenceNs(high, low, this.#originHigh, this.#originLow) -
      nowMs * NS_PER_MS;
    this.#tackNs[slot] = tackNs;
    this.#heardMs[slot] = nowMs;
    const spanNs = tackDifferenceNs(high, low, packet.tackHigh(0), packet.tackLow(0));
    const plausibleNs = PLAUSIBLE_NS + Math.max(spanNs, 0);
    const streak = this.#streak[slot];
    if (aheadNs > plausibleNs) this.#streak[slot] = Math.max(streak, 0) + 1;
    else if (aheadNs < -plausibleNs) this.#streak[slot] = Math.min(streak, 0) - 1;
    else {
      this.#streak[slot] = 0;
      if (this.#strayMs[slot] !== -Infinity) this.#backMs[slot] = nowMs;
    }
    if (Math.abs(this.#streak[slot]) < PACKETS) return;
    this.#strayTackNs[slot] = tackNs;
    this.#strayMs[slot] = nowMs;
  }

  /** Mask of the slots that are not synchronised with the camera, as lately seen. */
  unsynchronised(nowMs: number): number {
    let mask = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (nowMs - this.#strayMs[slot] < this.#silentAfterMs) mask |= 1 << slot;
    }
    return mask >>> 0;
  }

  /**
   * Whether packets of a slot that is not synchronised come beside others that are in step: then two
   * senders share its address.
   */
  isTwofold(slot: number, nowMs: number): boolean {
    return nowMs - this.#backMs[slot] < this.#silentAfterMs &&
      nowMs - this.#strayMs[slot] < this.#silentAfterMs;
  }

  /** How far the TACK of a slot is ahead of the camera's, ms; null when it is silent. */
  offsetMs(slot: number, nowMs: number): number | null {
    if (nowMs - this.#heardMs[slot] >= this.#silentAfterMs) return null;
    const heard = this.#tackNs.filter((_, other) =>
      nowMs - this.#heardMs[other] < this.#silentAfterMs
    ).sort();
    const medianNs = heard[(heard.length - 1) >> 1];
    const isStray = nowMs - this.#strayMs[slot] < this.#silentAfterMs;
    const tackNs = isStray ? this.#strayTackNs[slot] : this.#tackNs[slot];
    return (tackNs - medianNs) / NS_PER_MS;
  }
}

/** An offset in words: `2.8 s ahead of the camera's TACK`. */
export function offsetText(offsetMs: number): string {
  const from = offsetMs < 0 ? "behind" : "ahead of";
  return `${formatDuration(Math.abs(offsetMs))} ${from} the camera's TACK`;
}
