/**
 * For how long somebody has said nothing, in time in which the one who listens was awake: after a
 * suspended host or a stopped supervisor nobody is taken to have been silent meanwhile.
 *
 * Times are those of a monotonic clock, ms.
 */
export class Silence {
  /** The most that counts from one look to the next. */
  readonly #mostMs: number;
  #lookedMs: number;
  #silentMs = 0;

  /** @param lookMs how often {@linkcode Silence.look} is called */
  constructor(lookMs: number, nowMs: number) {
    this.#mostMs = 2 * lookMs;
    this.#lookedMs = nowMs;
  }

  /** Something was said. */
  end(): void {
    this.#silentMs = 0;
  }

  /** For how long nothing has been said, as of this look. */
  look(nowMs: number): number {
    this.#silentMs += Math.min(nowMs - this.#lookedMs, this.#mostMs);
    this.#lookedMs = nowMs;
    return this.#silentMs;
  }
}
