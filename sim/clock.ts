import { setImmediate } from "node:timers";
import { sleep } from "../lib/time/sleep.ts";

/** The longest wait of a timer, ms; a longer wait is divided. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The simulator's clock. */
export interface Clock {
  /** Milliseconds on a clock that never goes back; only differences have a meaning. */
  nowMs(): number;
  /**
   * Resolves after about `sleepMs`, or when the signal aborts. It never rejects. It may resolve early:
   * look at the clock again.
   */
  sleep(sleepMs: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  // Rounded up: a timer ignores fractions of a millisecond and would end too early.
  sleep: (sleepMs, signal) => sleep(Math.min(Math.ceil(sleepMs), LONGEST_TIMER_MS), signal),
};

/** Lets timers, signals and sockets be handled, without the millisecond of a timer. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
