import { ALL_SLOTS, SLOTS } from "../wire/camera.ts";

/**
 * The counters of each slot: an array of 32 for each kind.
 *
 * The sums of `decoded`, `placed`, `late` and `duplicate` over all slots always equal the ledger's
 * section `readouts`. The sum of `packets` equals its accepted packets.
 */
export class SlotAccount {
  /** Accepted packets. */
  readonly packets: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts in them. */
  readonly decoded: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts that are in an event. */
  readonly placed: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts that arrived too late. */
  readonly late: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts for an event that already had one of this slot. */
  readonly duplicate: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Events built without the slot. */
  readonly missing: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Monotonic time of the last packet, ms; -Infinity before the first. */
  readonly lastSeenMs: Float64Array<ArrayBuffer> = new Float64Array(SLOTS).fill(-Infinity);

  /** Counts an event that contains the slots of a mask. */
  countMissing(mask: number): void {
    let absent = (~mask & ALL_SLOTS) >>> 0;
    while (absent !== 0) {
      // Each bit of the mask is a slot, and each slot has a counter.
      (this.missing[31 - Math.clz32(absent & -absent)] as number)++;
      absent = (absent & (absent - 1)) >>> 0;
    }
  }
}
