import { PIXELS_PER_MODULE, slotsOf } from "../wire/camera.ts";
import { type CameraEvent, EventFlag } from "../wire/event.ts";
import { DurationHistogram } from "./percentiles.ts";

/** Statistics of a number of events. */
export interface EventStatisticsSummary {
  events: number;
  /** Events with every expected module. */
  complete: number;
  /** Events in which a present module lacks a voltage. There should be none. */
  withHoles: number;
  /** Time since the reception of an event's first packet, ms; null without events. */
  delayMs: { p50: number | null; p99: number | null; max: number | null };
}

/** Checks every event, and every voltage in it. */
export class EventStatistics {
  readonly #delays = new DurationHistogram();
  #events = 0;
  #complete = 0;
  #withHoles = 0;

  /** @param nowUnixMs the wall clock, ms */
  add(event: CameraEvent, nowUnixMs: number): void {
    this.#events++;
    if (event.flags & EventFlag.complete) this.#complete++;
    if (hasHoles(event)) this.#withHoles++;
    const receivedMs = Number(event.receiveSeconds) * 1000 + event.receiveNanoseconds / 1e6;
    this.#delays.add(nowUnixMs - receivedMs);
  }

  summary(): EventStatisticsSummary {
    const delays = this.#delays;
    return {
      events: this.#events,
      complete: this.#complete,
      withHoles: this.#withHoles,
      delayMs: {
        p50: delays.percentileMs(0.5),
        p99: delays.percentileMs(0.99),
        max: delays.count === 0 ? null : delays.maxMs,
      },
    };
  }
}

function hasHoles(event: CameraEvent): boolean {
  if (event.mask === 0xffffffff) {
    return Number.isNaN(sum(event.millivolts, 0, event.millivolts.length));
  }
  return slotsOf(event.mask).some((slot) =>
    Number.isNaN(sum(event.millivolts, slot * PIXELS_PER_MODULE, (slot + 1) * PIXELS_PER_MODULE))
  );
}

/** NaN if one of the values is. A loop without an index takes nine times as long. */
function sum(values: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index++) total += values[index] as number;
  return total;
}
