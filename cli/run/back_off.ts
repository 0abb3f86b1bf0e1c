const FIRST_MS = 1000;
const MAX_MS = 30_000;

/** Whoever lived so long had started well: it is not punished for earlier deaths. */
const STEADY_MS = 60_000;

/** How long to wait before a process that died is started again: 1 s, doubled at each death, 30 s at most. */
export class BackOff {
  #nextMs = FIRST_MS;

  /** @param livedMs how long the process had lived */
  delayMs(livedMs: number): number {
    if (livedMs >= STEADY_MS) this.#nextMs = FIRST_MS;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(2 * delayMs, MAX_MS);
    return delayMs;
  }
}
