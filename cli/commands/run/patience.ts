import type { Patience } from "./supervised.ts";

const MINUTE_MS = 60_000;

/** A daemon publishes what it has within seconds. */
export const DAEMON_PATIENCE: Omit<Patience, "hangMs"> = { drainMs: MINUTE_MS, endMs: 30_000 };

/** A recorder stores what is in its queue and in the replay buffer: 25 000 events, compressed hard. */
export const RECORDER_PATIENCE: Omit<Patience, "hangMs"> = {
  drainMs: 5 * MINUTE_MS,
  endMs: 30_000,
};

/** How long a daemon that has drained serves recorders at most: longer than they may take. */
export const STAY_MS = RECORDER_PATIENCE.drainMs + RECORDER_PATIENCE.endMs + MINUTE_MS / 2;

/** How long `ssdaq run` takes to end at most: the daemon drains, the recorders do, the daemon ends. */
export const STOP_MS = 2 * DAEMON_PATIENCE.drainMs + DAEMON_PATIENCE.endMs +
  RECORDER_PATIENCE.drainMs + RECORDER_PATIENCE.endMs;
