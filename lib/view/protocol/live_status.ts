import type { DaemonStatus } from "../../daemon/status.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { ReplayRange } from "../../replay/replay_buffer.ts";

/** One module in a live view; null means that the source cannot know the value. */
export interface LiveSlot {
  /** 0..31. */
  slot: number;
  /**
   * Rate over the last seconds: packets/s from a daemon, or events/s that contain the slot from a
   * listener.
   */
  perSecond: number;
  /** Events built without it. */
  missing: number;
  late: number | null;
  duplicate: number | null;
}

/** The status that a live view sends once a second, as JSON. */
export interface LiveStatus {
  /** Who counts. */
  source: "daemon" | "listener";
  /** Where the data comes from. */
  origin: string;
  run: bigint;
  /** Identifies the start of the daemon; 0 if unknown. */
  epoch: number;
  /** Whether publishing is paused. Events are still built. */
  paused: boolean;
  eventsPerSecond: number;
  ledger: Partial<Ledger>;
  slots: LiveSlot[];
  /** Events that can be shown again. */
  replay: ReplayRange[];
  /** Pixels that must not be shown: 64 x slot + raw line. */
  badPixels: readonly number[];
}

/** Converts a daemon's status for a live view. */
export function liveStatusOf(status: DaemonStatus, badPixels: readonly number[]): LiveStatus {
  const { run, epoch, paused, rates, ledger, replay, listen, slots } = status;
  return {
    source: "daemon",
    origin: `udp://${listen.hostname}:${listen.port}`,
    run,
    epoch,
    paused,
    eventsPerSecond: rates.eventsPerSecond,
    ledger,
    slots: slots.map(({ slot, packetsPerSecond, missing, late, duplicate }) => (
      { slot, perSecond: packetsPerSecond, missing, late, duplicate }
    )),
    replay: replay?.runs ?? [],
    badPixels,
  };
}
