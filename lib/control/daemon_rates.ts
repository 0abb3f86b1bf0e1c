import type { SlotAccount } from "../builder/slot_account.ts";
import { SLOTS } from "../camera.ts";
import type { DaemonLedger } from "../ledger.ts";
import { RecentRates } from "./recent_rates.ts";

/** How often the counters are looked at. */
const LOOK_MS = 1000;

/** How fast a daemon's counters rise, over the last seconds. */
export class DaemonRates implements Disposable {
  readonly #ledger: DaemonLedger;
  readonly #slots: SlotAccount;
  readonly #rates = new RecentRates();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(ledger: DaemonLedger, slots: SlotAccount) {
    this.#ledger = ledger;
    this.#slots = slots;
    const look = () => this.#rates.look(performance.now(), this.#counts());
    look();
    this.#timer = setInterval(look, LOOK_MS);
  }

  /** All rates at a moment, per second. */
  perSecond(nowMs: number) {
    const rates = this.#rates.perSecond(nowMs, this.#counts());
    const [packetsPerSecond, readoutsPerSecond, eventsPerSecond] = rates.subarray(SLOTS);
    return {
      all: { packetsPerSecond, readoutsPerSecond, eventsPerSecond },
      packetsBySlot: rates.subarray(0, SLOTS),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #counts(): Float64Array {
    const { packets, readouts, events } = this.#ledger;
    const counts = new Float64Array(SLOTS + 3);
    counts.set(this.#slots.packets);
    counts.set([packets.received, readouts.decoded, events.built], SLOTS);
    return counts;
  }
}
