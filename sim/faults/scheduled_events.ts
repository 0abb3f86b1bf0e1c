import type { FaultSettings } from "./fault_options.ts";

/** An event at a camera time. */
export interface ScheduledEvent {
  kind: "kill" | "revive" | "resetTack";
  /** Camera time, ms. */
  atMs: number;
  /** The module; without a meaning for a reset. */
  slot: number;
}

/** The events of a run in the order of their times; at equal times, a revival is last. */
export class ScheduledEvents {
  readonly #events: ScheduledEvent[];

  constructor(faults: FaultSettings | undefined) {
    const { kill = [], revive = [], resetTackAtMs = [] } = faults ?? {};
    this.#events = [
      ...resetTackAtMs.map((atMs) => ({ kind: "resetTack" as const, atMs, slot: 0 })),
      ...kill.map((event) => ({ kind: "kill" as const, ...event })),
      ...revive.map((event) => ({ kind: "revive" as const, ...event })),
    ].sort((a, b) => a.atMs - b.atMs);
  }

  /** Removes and returns the events up to a camera time. */
  due(cameraMs: number): ScheduledEvent[] {
    const future = this.#events.findIndex(({ atMs }) => atMs > cameraMs);
    return this.#events.splice(0, future < 0 ? this.#events.length : future);
  }
}
