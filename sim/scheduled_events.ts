import type { FaultSettings } from "./fault_options.ts";

/** What happens at a camera time. */
export interface ScheduledEvent {
  kind: "kill" | "revive" | "resetTack";
  /** Camera time, ms. */
  atMs: number;
  /** The module it happens to; of no meaning for a reset. */
  slot: number;
}

/** What is to happen in a run, in the order of its times; at one time a module is revived last. */
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

  /** Takes out what happens up to a camera time. */
  due(cameraMs: number): ScheduledEvent[] {
    const future = this.#events.findIndex(({ atMs }) => atMs > cameraMs);
    return this.#events.splice(0, future < 0 ? this.#events.length : future);
  }
}
