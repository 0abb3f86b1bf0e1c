/**
 * How long a process has reported nothing. Time in which the host or the supervisor was suspended
 * does not count.
 *
 * Times are those of a monotonic clock, ms.
 */
export class Silence {
  /** The most that counts between two looks. */
  readonly #mostMs: number;
  #lookedMs: number;
  #silentMs = 0;

  /** @param lookMs how often {@linkcode Silence.look} is called */
  constructor(lookMs: number, nowMs: number) {
    this.#mostMs = 2 * lookMs;
    this.#lookedMs = nowMs;
  }

  /** The process reported. */
  end(): void {
    this.#silentMs = 0;
  }

  /** How long the process has reported nothing, at this look. */
  look(nowMs: number): number {
    this.#silentMs += Math.min(nowMs - this.#lookedMs, this.#mostMs);
    this.#lookedMs = nowMs;
    return this.#silentMs;
  }
}
