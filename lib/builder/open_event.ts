import { PIXELS_PER_MODULE } from "../wire/camera.ts";
import { CameraEvent } from "../wire/event.ts";
import type { PacketView } from "../wire/packet.ts";
import type { RunId } from "../wire/run_id.ts";
import { saturateU32, tackDifferenceNs } from "../wire/tack.ts";
import type { Arrival } from "./arrival.ts";

/** An event that readouts may still join. */
export class OpenEvent {
  /** Slots that have a readout in the event. */
  mask = 0;
  // These are compared for each readout. They are only declared: a field that is undefined at first
  // stores its numbers in separate memory.
  /**
   * TACK time of the first readout, bits 63..32, and below 31..0. Other readouts are compared with
   * it.
   */
  declare readonly high: number;
  declare readonly low: number;
  /** Monotonic time at which it is closed at the latest, after the camera has reached it. */
  declare deadlineMs: number;
  /** Monotonic time at which its first readout arrived. */
  readonly openedMs: number;
  readonly #event = new CameraEvent();
  #minHigh: number;
  #minLow: number;
  #maxHigh: number;
  #maxLow: number;

  /**
   * @param high bits 63..32 of the first readout's TACK time; other readouts are compared with it
   * @param low bits 31..0 of that time
   * @param deadlineMs monotonic time at which the event is closed at the latest, after the camera
   * has reached it
   * @param arrival the first packet; its receive time becomes the event's
   */
  constructor(
    high: number,
    low: number,
    deadlineMs: number,
    { nowMs, receiveSeconds, receiveNanoseconds }: Arrival,
  ) {
    this.high = high;
    this.low = low;
    this.deadlineMs = deadlineMs;
    this.openedMs = nowMs;
    this.#minHigh = this.#maxHigh = high;
    this.#minLow = this.#maxLow = low;
    this.#event.setReceiveTime(receiveSeconds, receiveNanoseconds);
  }

  /** Whether the event has a readout of this slot. */
  has(slot: number): boolean {
    return ((this.mask >>> slot) & 1) === 1;
  }

  /** Adds readout `index` of a packet. The slot must be free. */
  place(slot: number, packet: PacketView, index: number, high: number, low: number): void {
    this.mask = (this.mask | (1 << slot)) >>> 0;
    if (tackDifferenceNs(high, low, this.#minHigh, this.#minLow) < 0) {
      this.#minHigh = high;
      this.#minLow = low;
    } else if (tackDifferenceNs(high, low, this.#maxHigh, this.#maxLow) > 0) {
      this.#maxHigh = high;
      this.#maxLow = low;
    }
    this.#event.setTimes(slot, high, low, packet.auxHigh(index), packet.auxLow(index));
    packet.millivoltsInto(index, this.#event.millivolts, slot * PIXELS_PER_MODULE);
  }

  /** The finished event. */
  close(number: bigint, { run, epoch }: RunId, flags: number): CameraEvent {
    const event = this.#event;
    event.number = number;
    event.run = run;
    event.epoch = epoch;
    event.flags = flags;
    event.mask = this.mask;
    event.setTimestamp(this.#minHigh, this.#minLow);
    event.spreadNs = saturateU32(
      tackDifferenceNs(this.#maxHigh, this.#maxLow, this.#minHigh, this.#minLow),
    );
    return event;
  }
}
