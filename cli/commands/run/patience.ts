import type { Patience } from "./supervised.ts";

const MINUTE_MS = 60_000;

/** A daemon publishes its last events within seconds. */
export const DAEMON_PATIENCE: Omit<Patience, "hangMs"> = { drainMs: MINUTE_MS, endMs: 30_000 };

/** A recorder stores its queue and the replay buffer: 25 000 events, strongly compressed. */
export const RECORDER_PATIENCE: Omit<Patience, "hangMs"> = {
  drainMs: 5 * MINUTE_MS,
  endMs: 30_000,
};

/** How long a drained daemon serves recorders at most: longer than they may need. */
export const STAY_MS = RECORDER_PATIENCE.drainMs + RECORDER_PATIENCE.endMs + MINUTE_MS / 2;

/** The longest time that `ssdaq run` needs to end: daemon drains, recorders drain, daemon ends. */
export const STOP_MS = 2 * DAEMON_PATIENCE.drainMs + DAEMON_PATIENCE.endMs +
  RECORDER_PATIENCE.drainMs + RECORDER_PATIENCE.endMs;
