import { setImmediate } from "node:timers";
import { sleep } from "../lib/time/sleep.ts";

/** The longest a timer can wait, ms; what is further off is waited for in parts. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Time as the simulator sees it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  nowMs(): number;
  /**
   * Resolves after about `sleepMs`, or when the signal aborts. It never rejects, and may resolve
   * early: who sleeps looks at the clock again.
   */
  sleep(sleepMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  // Rounded up, for a timer drops fractions and would wake too early to be of use.
  sleep: (sleepMs, signal) => sleep(Math.min(Math.ceil(sleepMs), LONGEST_TIMER_MS), signal),
};

/** Lets timers, signals and sockets have their turn, without the millisecond a timer costs. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
