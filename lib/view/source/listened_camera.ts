import { itemAt } from "../../item_at.ts";
import type { RecorderLedger } from "../../ledger/ledger.ts";
import { RateWatch } from "../../ledger/rate_watch.ts";
import { ReplayBuffer } from "../../replay/replay_buffer.ts";
import { SLOTS } from "../../wire/camera.ts";
import type { CameraEvent } from "../../wire/event.ts";
import type { LiveStatus } from "../protocol/live_status.ts";

/** Options of a {@linkcode ListenedCamera}. */
export interface ListenedCameraOptions {
  /** Where events are received, as text for the user. */
  origin: string;
  /** The listener's counters. */
  ledger: RecorderLedger;
  /** Memory for events that can be shown again, bytes. */
  replayBytes: number;
  /** Pixels that must not be shown: 64 x slot + raw line. */
  badPixels: readonly number[];
}

/**
 * Collects what events alone tell about a camera: which modules are in them, and when they arrived.
 */
export class ListenedCamera implements Disposable {
  /** When an event with the slot was last received: monotonic ms, -Infinity for never. */
  readonly lastSeenMs: Float64Array = new Float64Array(SLOTS).fill(-Infinity);
  /** The last events. */
  readonly replay: ReplayBuffer;
  readonly #options: ListenedCameraOptions;
  readonly #present = new Float64Array(SLOTS);
  readonly #rates: RateWatch;
  #events = 0;
  #run = 0n;
  #epoch = 0;

  constructor(options: ListenedCameraOptions) {
    this.#options = options;
    this.replay = new ReplayBuffer(options.replayBytes);
    this.#rates = new RateWatch(() => {
      const counts = new Float64Array(SLOTS + 1);
      counts.set(this.#present);
      counts[SLOTS] = this.#events;
      return counts;
    });
  }

  /** Adds an event that was received now. */
  push(event: CameraEvent, nowMs: number): void {
    this.#events++;
    this.#run = event.run;
    this.#epoch = event.epoch;
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((event.mask >>> slot & 1) === 0) continue;
      this.#present[slot] = itemAt(this.#present, slot) + 1;
      this.lastSeenMs[slot] = nowMs;
    }
    this.replay.push([event]);
  }

  /** The status at a moment. */
  status(nowMs: number): LiveStatus {
    const rates = this.#rates.perSecond(nowMs);
    const { origin, ledger, badPixels } = this.#options;
    return {
      source: "listener",
      origin,
      run: this.#run,
      epoch: this.#epoch,
      paused: false,
      eventsPerSecond: itemAt(rates, SLOTS),
      ledger,
      slots: Array.from({ length: SLOTS }, (_, slot) => ({
        slot,
        perSecond: itemAt(rates, slot),
        missing: this.#events - itemAt(this.#present, slot),
        late: null,
        duplicate: null,
      })),
      replay: this.replay.ranges,
      badPixels,
    };
  }

  [Symbol.dispose](): void {
    this.#rates[Symbol.dispose]();
  }
}
