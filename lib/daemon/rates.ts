import type { SlotAccount } from "../builder/slot_account.ts";
import { itemAt } from "../item_at.ts";
import type { DaemonLedger } from "../ledger/ledger.ts";
import { RateWatch } from "../ledger/rate_watch.ts";
import { SLOTS } from "../wire/camera.ts";

/** Rates of a daemon at a moment, per second. */
export interface MeasuredRates {
  /** Packets received, readouts decoded, and events built. */
  all: { packetsPerSecond: number; readoutsPerSecond: number; eventsPerSecond: number };
  /** Packets per second of each of the 32 slots. */
  packetsBySlot: Float64Array;
}

/** Measures how fast a daemon's counters rise, over the last seconds. */
export class DaemonRates implements Disposable {
  readonly #watch: RateWatch;

  constructor({ packets, readouts, events }: DaemonLedger, slots: SlotAccount) {
    this.#watch = new RateWatch(() => {
      const counts = new Float64Array(SLOTS + 3);
      counts.set(slots.packets);
      counts.set([packets.received, readouts.decoded, events.built], SLOTS);
      return counts;
    });
  }

  /** All rates at this moment, per second. */
  perSecond(nowMs: number): MeasuredRates {
    const rates = this.#watch.perSecond(nowMs);
    return {
      all: {
        packetsPerSecond: itemAt(rates, SLOTS),
        readoutsPerSecond: itemAt(rates, SLOTS + 1),
        eventsPerSecond: itemAt(rates, SLOTS + 2),
      },
      packetsBySlot: rates.subarray(0, SLOTS),
    };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}
