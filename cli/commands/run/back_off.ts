/** After a life of this length, the wait is short again. */
const STEADY_MS = 60_000;

/** How long to wait before a process that died starts again. */
export interface BackOffTimes {
  /** After its first death, ms; doubled at each further death. */
  firstMs: number;
  /** At most, ms. */
  maxMs: number;
}

/** Short: while no daemon listens, packets are lost and not counted. */
export const DAEMON_BACK_OFF: BackOffTimes = { firstMs: 100, maxMs: 5000 };

/** Longer: the daemon's replay buffer keeps what a recorder misses. */
export const RECORDER_BACK_OFF: BackOffTimes = { firstMs: 1000, maxMs: 30_000 };

/** The wait before a process that died starts again; longer at each death. */
export class BackOff {
  readonly #times: BackOffTimes;
  #nextMs: number;

  constructor(times: BackOffTimes) {
    this.#times = times;
    this.#nextMs = times.firstMs;
  }

  /** @param livedMs how long the process lived */
  delayMs(livedMs: number): number {
    if (livedMs >= STEADY_MS) this.#nextMs = this.#times.firstMs;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(2 * delayMs, this.#times.maxMs);
    return delayMs;
  }
}
