import { itemAt } from "../item_at.ts";
import { formatDuration } from "../text/duration.ts";
import { SLOTS } from "../wire/camera.ts";
import type { PacketView } from "../wire/packet.ts";
import { tackDifferenceNs } from "../wire/tack.ts";

// All slots, 0..31, have an entry in these typed arrays. Each packet reads all of them, so the code
// uses `as number` and does not check.

const NS_PER_MS = 1e6;

/** Normal offset of a module from the camera, in addition to the time between its packets, ns. */
const PLAUSIBLE_NS = 500_000_000;

/** Normal offset for each ns between two packets: that time, and the variation of the pauses. */
const PLAUSIBLE_PER_STEP = 1.25;

/**
 * The shortest of the last 4 steps is the usual one: packets get lost or overtaken, and some are
 * forged.
 */
const STEPS = 4;

/** This number of packets in a row, all early or all late, is not an accident of the network. */
const PACKETS = 3;

/**
 * How far each slot's TACK is from the camera's.
 *
 * A module sends a packet when its last readout is taken. So the TACK time of that readout minus
 * the time of arrival is the same for all synchronised modules, except for network delays. A slot's
 * offset is this difference minus the median of all heard slots. A slot is not synchronised when
 * two things are larger than its packet spacing explains, several times in a row: its offset, and
 * its distance from the camera in TACK. One alone is not enough. A simulated camera may be faster
 * than the clock. And of packets that were delayed together, the first ones are ahead of a camera
 * whose move is not known yet.
 */
export class SlotOffsets {
  readonly #absentAfterMs: number;
  #hasOrigin = false;
  #originHigh = 0;
  #originLow = 0;
  /** TACK minus the time of arrival of each slot's last packet, ns. */
  readonly #tackNs = new Float64Array(SLOTS);
  readonly #heardMs = new Float64Array(SLOTS).fill(-Infinity);
  /** Number of packets in a row that were implausibly early; below 0: late. */
  readonly #streak = new Float64Array(SLOTS);
  /** TACK of each slot's newest readout, ns since the first readout heard. */
  readonly #newestNs = new Float64Array(SLOTS);
  /** The last steps of each slot from packet to packet, ns, and the index for the next step. */
  readonly #stepsNs = new Float64Array(SLOTS * STEPS).fill(Infinity);
  readonly #nextStep = new Uint8Array(SLOTS);
  /** Offset and time of the last packet that showed that its slot is not synchronised. */
  readonly #strayOffsetNs = new Float64Array(SLOTS);
  readonly #strayMs = new Float64Array(SLOTS).fill(-Infinity);
  /** When a synchronised packet came after such a packet. */
  readonly #backMs = new Float64Array(SLOTS).fill(-Infinity);

  /** @param absentAfterMs how long a packet counts */
  constructor(absentAfterMs: number) {
    this.#absentAfterMs = absentAfterMs;
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

  /** Mask of the slots that recently were not synchronised with the camera. */
  unsynchronised(nowMs: number): number {
    let mask = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#isRecent(this.#strayMs, slot, nowMs)) mask |= 1 << slot;
    }
    return mask >>> 0;
  }

  /**
   * Whether a slot that is not synchronised also sends packets that are. Then two senders share its
   * address.
   */
  hasTwoSenders(slot: number, nowMs: number): boolean {
    return this.#isRecent(this.#backMs, slot, nowMs) && this.#isRecent(this.#strayMs, slot, nowMs);
  }

  /** How far the slot's TACK is ahead of the camera's, ms; null when it is absent. */
  offsetMs(slot: number, nowMs: number): number | null {
    if (!this.#isRecent(this.#heardMs, slot, nowMs)) return null;
    const offsetNs = this.#isRecent(this.#strayMs, slot, nowMs)
      ? this.#strayOffsetNs[slot] as number
      : (this.#tackNs[slot] as number) - this.#medianNs(nowMs);
    return offsetNs / NS_PER_MS;
  }

  #isRecent(timesMs: Float64Array, slot: number, nowMs: number): boolean {
    return nowMs - (timesMs[slot] as number) < this.#absentAfterMs;
  }

  #noteStep(slot: number, newestNs: number): void {
    const stepNs = newestNs - (this.#newestNs[slot] as number);
    this.#newestNs[slot] = newestNs;
    // A copy, or a packet that was overtaken.
    if (stepNs <= 0 || this.#heardMs[slot] === -Infinity) return;
    const step = this.#nextStep[slot] as number;
    this.#stepsNs[slot * STEPS + step] = stepNs;
    this.#nextStep[slot] = (step + 1) % STEPS;
  }

  /** The slot's usual step from packet to packet, ns; 0 if unknown. */
  #usualStepNs(slot: number): number {
    let leastNs = Infinity;
    for (let at = slot * STEPS; at < (slot + 1) * STEPS; at++) {
      leastNs = Math.min(leastNs, this.#stepsNs[at] as number);
    }
    return leastNs === Infinity ? 0 : leastNs;
  }

  /** Whether most slots are so near this one that it cannot be far from their median. */
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

  /** Median of TACK minus the time of arrival over all heard slots, ns. */
  #medianNs(nowMs: number): number {
    const heard = this.#tackNs.filter((_, slot) => this.#isRecent(this.#heardMs, slot, nowMs))
      .sort();
    return itemAt(heard, (heard.length - 1) >> 1);
  }
}

/** An offset as text: `2.8 s ahead of the camera's TACK`. */
export function offsetText(offsetMs: number): string {
  const from = offsetMs < 0 ? "behind" : "ahead of";
  return `${formatDuration(Math.abs(offsetMs))} ${from} the camera's TACK`;
}
