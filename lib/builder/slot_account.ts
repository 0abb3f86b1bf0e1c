import { ALL_SLOTS, SLOTS } from "../wire/camera.ts";

/**
 * The account of each slot: 32 counters a kind, by slot.
 *
 * Over all slots `decoded`, `placed`, `late` and `duplicate` add up to the ledger's section
 * `readouts` at any moment, and `packets` to its accepted packets.
 */
export class SlotAccount {
  /** Accepted packets. */
  readonly packets: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts in them. */
  readonly decoded: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts that are in an event. */
  readonly placed: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts that came too late. */
  readonly late: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Readouts of an event that had the slot already. */
  readonly duplicate: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Events built without the slot. */
  readonly missing: Float64Array<ArrayBuffer> = new Float64Array(SLOTS);
  /** Monotonic time of the last packet, ms; -Infinity before the first. */
  readonly lastSeenMs: Float64Array<ArrayBuffer> = new Float64Array(SLOTS).fill(-Infinity);

  /** Counts an event that was built with the slots of a mask. */
  countMissing(mask: number): void {
    let absent = (~mask & ALL_SLOTS) >>> 0;
    while (absent !== 0) {
      // A bit of a mask is a slot, and each slot has a counter.
      (this.missing[31 - Math.clz32(absent & -absent)] as number)++;
      absent = (absent & (absent - 1)) >>> 0;
    }
  }
}
