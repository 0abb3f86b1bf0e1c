/**
 * For how long no daemon listened, once one had or had tried to: packets sent meanwhile reached
 * nobody who could count them. Times are those of a monotonic clock, ms.
 */
export class UnheardTime {
  readonly #startMs: number;
  #hasListened = false;
  #sinceMs: number | undefined;
  #totalMs = 0;

  /** @param startMs when the first daemon was to listen */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** A daemon has ended, or was given up: it did not listen any more from `atMs` on. */
  cease(atMs: number): void {
    this.#sinceMs ??= this.#hasListened ? atMs : this.#startMs;
  }

  /** A daemon listens. Returns for how long none had; 0 for the first one at its first start. */
  listen(nowMs: number): number {
    const unheardMs = this.#lastingMs(nowMs);
    this.#totalMs += unheardMs;
    this.#sinceMs = undefined;
    this.#hasListened = true;
    return unheardMs;
  }

  /** All of that time until now. */
  totalMs(nowMs: number): number {
    return this.#totalMs + this.#lastingMs(nowMs);
  }

  #lastingMs(nowMs: number): number {
    return this.#sinceMs === undefined ? 0 : Math.round(nowMs - this.#sinceMs);
  }
}
