/** If the loop has not run for this time, the process stood still: it sleeps at most 100 ms. */
const STILL_MS = 250;

/** By then the receive thread, which stood still too, has taken what the kernel kept. */
const CATCH_UP_MS = 100;

/** Under a load that leaves no moment without a packet, this is the end of the patience. */
const MAX_CATCH_UP_MS = 1000;

/**
 * Keeps deadlines back after the process stood still. Packets that arrived meanwhile wait in the
 * kernel: without patience, their events would be closed before they are taken, and they were late.
 *
 * Deadlines are kept back for 100 ms and until no packet waits, for a second at most.
 */
export class Patience {
  #lastMs = Infinity;
  /** The time for deadlines while they are kept back: the last one before the standstill. */
  #keptMs: number | undefined;
  #backMs = 0;

  /** Whether deadlines are kept back. */
  get isCatchingUp(): boolean {
    return this.#keptMs !== undefined;
  }

  /**
   * The time by which deadlines have passed. Called in each turn of the loop, before packets are
   * taken.
   *
   * @param nowMs monotonic clock, ms
   * @param waiting whether packets wait
   */
  deadlineMs(nowMs: number, waiting: boolean): number {
    if (nowMs - this.#lastMs > STILL_MS && this.#keptMs === undefined) {
      this.#keptMs = this.#lastMs;
      this.#backMs = nowMs;
    }
    this.#lastMs = nowMs;
    const backForMs = nowMs - this.#backMs;
    if (backForMs >= MAX_CATCH_UP_MS || backForMs >= CATCH_UP_MS && !waiting) {
      this.#keptMs = undefined;
    }
    return this.#keptMs ?? nowMs;
  }
}
