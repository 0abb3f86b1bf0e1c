import { itemAt } from "../item_at.ts";
import { SLOTS } from "../wire/camera.ts";
import type { PacketView } from "../wire/packet.ts";
import { formatDuration } from "../text/duration.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

// What is kept for each slot is in typed arrays that every slot, 0..31, is in range of. Each packet has
// all of them read: hence `as number` below, and no check.

const NS_PER_MS = 1e6;

/** What a module may be off the camera beside the time that passes between its packets, ns. */
const PLAUSIBLE_NS = 500_000_000;

/** What it may be off for each ns between two of its packets: that, and what the pauses vary. */
const PLAUSIBLE_PER_STEP = 1.25;

/** The shortest of so many steps is the usual one: packets are lost and overtaken, and others forged. */
const STEPS = 4;

/** So many packets in a row, all early or all late, are no accident of the network. */
const PACKETS = 3;

/**
 * How far each slot's TACK is off the camera's.
 *
 * A packet is sent when its last readout is taken: TACK of that less the time of arrival is the same
 * for all modules that are synchronised, but for the network. A slot's offset is that, less the
 * median of all slots heard. A slot is not synchronised when both that and its distance to where the
 * camera is in TACK are more than what the spacing of its packets explains, several times in a row:
 * a simulated camera may be faster than the clock, and of packets that were held up together the
 * first to be taken are ahead of a camera that is not yet known to have moved.
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
  /** TACK of each slot's newest readout, ns since the first one heard. */
  readonly #newestNs = new Float64Array(SLOTS);
  /** The last steps of each slot from packet to packet, ns, and where the next one goes. */
  readonly #stepsNs = new Float64Array(SLOTS * STEPS).fill(Infinity);
  readonly #nextStep = new Uint8Array(SLOTS);
  /** Offset and time of the last packet that told that its slot is not synchronised. */
  readonly #strayOffsetNs = new Float64Array(SLOTS);
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
    const sinceOriginNs = tackDifferenceNs(high, low, this.#originHigh, this.#originLow);
    this.#noteStep(slot, sinceOriginNs);
    const tackNs = sinceOriginNs - nowMs * NS_PER_MS;
    this.#tackNs[slot] = tackNs;
    this.#heardMs[slot] = nowMs;
    const spanNs = tackDifferenceNs(high, low, packet.tackHigh(0), packet.tackLow(0));
    const plausibleNs = PLAUSIBLE_NS +
      Math.max(spanNs, PLAUSIBLE_PER_STEP * this.#usualStepNs(slot));
    let streak = this.#streak[slot] as number;
    if (aheadNs > plausibleNs) streak = Math.max(streak, 0) + 1;
    else if (aheadNs < -plausibleNs) streak = Math.min(streak, 0) - 1;
    else {
      streak = 0;
      if (this.#strayMs[slot] !== -Infinity) this.#backMs[slot] = nowMs;
    }
    this.#streak[slot] = streak;
    if (Math.abs(streak) < PACKETS) return;
    if (this.#isOneOfMost(slot, nowMs, plausibleNs)) return;
    const offsetNs = tackNs - this.#medianNs(nowMs);
    if (Math.abs(offsetNs) <= plausibleNs) return;
    this.#strayOffsetNs[slot] = offsetNs;
    this.#strayMs[slot] = nowMs;
  }

  /** Mask of the slots that are not synchronised with the camera, as lately seen. */
  unsynchronised(nowMs: number): number {
    let mask = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#isRecent(this.#strayMs, slot, nowMs)) mask |= 1 << slot;
    }
    return mask >>> 0;
  }

  /**
   * Whether packets of a slot that is not synchronised come beside others that are in step: then two
   * senders share its address.
   */
  isTwofold(slot: number, nowMs: number): boolean {
    return this.#isRecent(this.#backMs, slot, nowMs) && this.#isRecent(this.#strayMs, slot, nowMs);
  }

  /** How far the TACK of a slot is ahead of the camera's, ms; null when it is silent. */
  offsetMs(slot: number, nowMs: number): number | null {
    if (!this.#isRecent(this.#heardMs, slot, nowMs)) return null;
    const offsetNs = this.#isRecent(this.#strayMs, slot, nowMs)
      ? this.#strayOffsetNs[slot] as number
      : (this.#tackNs[slot] as number) - this.#medianNs(nowMs);
    return offsetNs / NS_PER_MS;
  }

  #isRecent(timesMs: Float64Array, slot: number, nowMs: number): boolean {
    return nowMs - (timesMs[slot] as number) < this.#silentAfterMs;
  }

  #noteStep(slot: number, newestNs: number): void {
    const stepNs = newestNs - (this.#newestNs[slot] as number);
    this.#newestNs[slot] = newestNs;
    // A copy, or one that was overtaken.
    if (stepNs <= 0 || this.#heardMs[slot] === -Infinity) return;
    const step = this.#nextStep[slot] as number;
    this.#stepsNs[slot * STEPS + step] = stepNs;
    this.#nextStep[slot] = (step + 1) % STEPS;
  }

  /** The slot's usual step from packet to packet, ns; 0 before it is known. */
  #usualStepNs(slot: number): number {
    let leastNs = Infinity;
    for (let at = slot * STEPS; at < (slot + 1) * STEPS; at++) {
      leastNs = Math.min(leastNs, this.#stepsNs[at] as number);
    }
    return leastNs === Infinity ? 0 : leastNs;
  }

  /** Whether most slots are so near this one that it cannot be far off their median. */
  #isOneOfMost(slot: number, nowMs: number, nearNs: number): boolean {
    let heard = 0;
    let near = 0;
    const tackNs = this.#tackNs[slot] as number;
    for (let other = 0; other < SLOTS; other++) {
      if (!this.#isRecent(this.#heardMs, other, nowMs)) continue;
      heard++;
      if (Math.abs((this.#tackNs[other] as number) - tackNs) <= nearNs) near++;
    }
    return 2 * near > heard;
  }

  /** TACK less the time of arrival that half of the slots heard are not ahead of, ns. */
  #medianNs(nowMs: number): number {
    const heard = this.#tackNs.filter((_, slot) => this.#isRecent(this.#heardMs, slot, nowMs))
      .sort();
    return itemAt(heard, (heard.length - 1) >> 1);
  }
}

/** An offset in words: `2.8 s ahead of the camera's TACK`. */
export function offsetText(offsetMs: number): string {
  const from = offsetMs < 0 ? "behind" : "ahead of";
  return `${formatDuration(Math.abs(offsetMs))} ${from} the camera's TACK`;
}
