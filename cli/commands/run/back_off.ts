/** Whoever lived so long had started well: it is not punished for earlier deaths. */
const STEADY_MS = 60_000;

/** How long to wait before a process that died is started again. */
export interface BackOffTimes {
  /** After its first death, ms; doubled at each further one. */
  firstMs: number;
  /** At most, ms. */
  maxMs: number;
}

/** While no daemon listens, packets are lost uncounted. */
export const DAEMON_BACK_OFF: BackOffTimes = { firstMs: 100, maxMs: 5000 };

/** What a recorder misses meanwhile is in the daemon's replay buffer. */
export const RECORDER_BACK_OFF: BackOffTimes = { firstMs: 1000, maxMs: 30_000 };

/** How long to wait before a process that died is started again: longer at each death. */
export class BackOff {
  readonly #times: BackOffTimes;
  #nextMs: number;

  constructor(times: BackOffTimes) {
    this.#times = times;
    this.#nextMs = times.firstMs;
  }

  /** @param livedMs how long the process had lived */
  delayMs(livedMs: number): number {
    if (livedMs >= STEADY_MS) this.#nextMs = this.#times.firstMs;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(2 * delayMs, this.#times.maxMs);
    return delayMs;
  }
}
