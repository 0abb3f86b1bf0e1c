/** Runs whose place is remembered; the one heard from longest ago is forgotten beyond. */
const MAX_RUNS = 16;

/** A readout message has no run: this far back, its numbers have started again. */
const RESTART_DISTANCE = 1024n;

/**
 * Follows event numbers: which are new, which were heard before, how many never came.
 *
 * Numbers rise by one within a run. Of the run it begins with, it misses nothing before the first
 * event it hears; of later ones it misses whatever came before.
 */
export class EventSequence {
  /** Event numbers that never came. */
  missed = 0;
  /** Different runs heard. */
  runs = 0;
  readonly #lastByRun = new Map<bigint, bigint>();

  /** Takes note of an event; false when it was heard before. */
  isNew(run: bigint, number: bigint): boolean {
    const last = this.#lastByRun.get(run);
    if (last === undefined) {
      this.#startRun(run, number);
      return true;
    }
    if (number > last) {
      this.missed += Number(number - last - 1n);
      this.#lastByRun.set(run, number);
      return true;
    }
    const restarted = run === 0n &&
      (number === 1n && last > 1n || last - number > RESTART_DISTANCE);
    if (restarted) this.#startRun(run, number);
    return restarted;
  }

  #startRun(run: bigint, number: bigint): void {
    if (this.runs > 0 && number > 0n) this.missed += Number(number - 1n);
    this.runs++;
    this.#lastByRun.delete(run);
    this.#lastByRun.set(run, number);
    if (this.#lastByRun.size > MAX_RUNS) {
      const [oldest] = this.#lastByRun.keys();
      this.#lastByRun.delete(oldest);
    }
  }
}
