import type { Clock } from "../../sim/clock.ts";

/** A clock that moves only when somebody sleeps on it, or when the test moves it. */
export class VirtualClock implements Clock {
  /** Its time, ms; it starts at an odd one. */
  time = 1234.5;
  /** How long each sleep was to be, ms. */
  readonly sleeps: number[] = [];

  readonly #latenessMs: () => number;

  /** @param latenessMs how much later than asked each sleep ends */
  constructor(latenessMs: () => number = () => 0) {
    this.#latenessMs = latenessMs;
  }

  nowMs(): number {
    return this.time;
  }

  sleep(sleepMs: number): Promise<void> {
    this.sleeps.push(sleepMs);
    this.time += sleepMs + this.#latenessMs();
    return Promise.resolve();
  }
}
