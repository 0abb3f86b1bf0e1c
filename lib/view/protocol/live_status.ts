import type { DaemonStatus } from "../../daemon/status.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { ReplayRange } from "../../replay/replay_buffer.ts";

/** What one module did, as a view tells it; null what its source cannot know. */
export interface LiveSlot {
  /** 0..31. */
  slot: number;
  /** Packets/s at a daemon, else events/s that it was in; over the last seconds. */
  perSecond: number;
  /** Events that were built without it. */
  missing: number;
  late: number | null;
  duplicate: number | null;
}

/** What a live view is told once a second, as JSON. */
export interface LiveStatus {
  /** Whose account this is. */
  source: "daemon" | "listener";
  /** Where data come from. */
  origin: string;
  run: bigint;
  /** Which start of a daemon numbers it; 0 where that is not known. */
  epoch: number;
  /** Whether events are built, but not published. */
  paused: boolean;
  eventsPerSecond: number;
  ledger: Partial<Ledger>;
  slots: LiveSlot[];
  /** What can be looked at again. */
  replay: ReplayRange[];
  /** Pixels that are not to be shown: 64 x slot + raw line. */
  badPixels: readonly number[];
}

/** A daemon's status as a view tells it. */
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
