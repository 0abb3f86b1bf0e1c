import { itemAt } from "../lib/item_at.ts";
import { RateWatch } from "../lib/ledger/rate_watch.ts";
import { VERSION } from "../lib/version.ts";
import type { Simulator } from "./simulator.ts";
import type { SimulatorSummary, SlotSummary } from "./simulator_summary.ts";

/** The answer to `GET /status` of a simulator: the summary until now, and the present rates. */
export interface SimulatorStatus extends Omit<SimulatorSummary, "slots"> {
  /** Version. */
  ssdaq: string;
  command: "sim";
  /** Whether faults are made now; null when it was started without faults. */
  faultsActive: boolean | null;
  /** Over the last seconds. */
  packetsPerSecond: number;
  /** By module. */
  slots: (SlotSummary & { packetsPerSecond: number })[];
}

/** Follows a simulator while it runs. */
export class SimulatorStatusSource implements Disposable {
  readonly simulator: Simulator;
  readonly #watch: RateWatch;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.#watch = new RateWatch(() =>
      Float64Array.from(simulator.progress.slots, ({ packets }) => packets)
    );
  }

  /** The present state of the simulator. */
  status(nowMs: number): SimulatorStatus {
    const rates = this.#watch.perSecond(nowMs);
    const { slots, ...progress } = this.simulator.progress;
    return {
      ssdaq: VERSION,
      command: "sim",
      ...progress,
      faultsActive: this.simulator.faultsActive ?? null,
      packetsPerSecond: rates.reduce((total, rate) => total + rate, 0),
      slots: slots.map((slot, index) => ({ ...slot, packetsPerSecond: itemAt(rates, index) })),
    };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}
