import { countSlots } from "../wire/camera.ts";
import { type CameraEvent, EventFlag } from "../wire/event.ts";
import { amplitudesOf } from "./amplitudes.ts";

/** An event in a few numbers. */
export interface EventSummary {
  number: bigint;
  run: bigint;
  /** TACK ns. */
  timestampNs: bigint;
  /** Receive time of the first packet: Unix s (UTC) and ns. */
  receiveSeconds: bigint;
  receiveNanoseconds: number;
  /** Number of modules that are in, and which ones: bit s is slot s. */
  modules: number;
  mask: number;
  flags: number;
  complete: boolean;
  /** Largest minus smallest TACK time, ns. */
  spreadNs: number;
  /** Over all present pixels, mV; null if there are none. */
  minMillivolts: number | null;
  meanMillivolts: number | null;
  maxMillivolts: number | null;
}

/** Summarises an event. */
export function summarizeEvent(event: CameraEvent): EventSummary {
  const { smallest, mean, largest } = amplitudesOf(event.millivolts);
  return {
    number: event.number,
    run: event.run,
    timestampNs: event.timestampNs,
    receiveSeconds: event.receiveSeconds,
    receiveNanoseconds: event.receiveNanoseconds,
    modules: countSlots(event.mask),
    mask: event.mask,
    flags: event.flags,
    complete: (event.flags & EventFlag.complete) !== 0,
    spreadNs: event.spreadNs,
    minMillivolts: orNull(smallest),
    meanMillivolts: orNull(mean),
    maxMillivolts: orNull(largest),
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
