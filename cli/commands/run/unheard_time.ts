/**
 * How long no daemon listened, after the first one listened or tried to. Packets of that time are in
 * no counter. Times are those of a monotonic clock, ms.
 */
export class UnheardTime {
  readonly #startMs: number;
  #hasListened = false;
  #sinceMs: number | undefined;
  #totalMs = 0;

  /** @param startMs when the first daemon should listen */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** A daemon has ended, or was given up: it did not listen after `atMs`. */
  cease(atMs: number): void {
    this.#sinceMs ??= this.#hasListened ? atMs : this.#startMs;
  }

  /** A daemon listens. Returns how long no daemon did; 0 for the first daemon at its first start. */
  listen(nowMs: number): number {
    const unheardMs = this.#lastingMs(nowMs);
    this.#totalMs += unheardMs;
    this.#sinceMs = undefined;
    this.#hasListened = true;
    return unheardMs;
  }

  /** The sum of all these times until now. */
  totalMs(nowMs: number): number {
    return this.#totalMs + this.#lastingMs(nowMs);
  }

  #lastingMs(nowMs: number): number {
    return this.#sinceMs === undefined ? 0 : Math.round(nowMs - this.#sinceMs);
  }
}
