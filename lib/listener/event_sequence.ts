/** Runs whose place is remembered; beyond, the one of which nothing has been new for longest is not. */
const MAX_RUNS = 16;

/** A readout message has no run: this far back, its numbers have started again. */
const RESTART_DISTANCE = 1024n;

/** The largest gap that is believed: three years of the camera. */
const MAX_GAP = 1_000_000_000n;

/** The largest number that is believed of the first event: a year and a half at 20 000 events/s. */
const MAX_FIRST = 1_000_000_000_000n;

/** Event numbers of a run, both ends included. */
export interface NumberRange {
  run: bigint;
  from: bigint;
  to: bigint;
}

/**
 * Follows event numbers: which are new, which were there before, how many never came.
 *
 * Numbers rise by one within a run. Of the run it begins with, it misses nothing before the first
 * event, unless told to; of later ones it misses whatever came before.
 */
export class EventSequence {
  /** Event numbers that never came. */
  missed = 0;
  /** Different runs heard. */
  runs = 0;
  readonly #lastByRun: Map<bigint, bigint>;
  /** Runs of before, of which nothing has come yet. */
  readonly #unheard: Set<bigint>;
  #missesBefore: boolean;

  /** @param after the last number there already is of each run */
  constructor(after: ReadonlyMap<bigint, bigint> = new Map()) {
    this.#lastByRun = new Map(after);
    this.#unheard = new Set(after.keys());
    this.#missesBefore = after.size > 0;
  }

  /** From now on what came before the first event of a run is missed, of the first run too. */
  missFromFirst(): void {
    this.#missesBefore = true;
  }

  /** The last number of a run; 0 when there is none yet. */
  lastOf(run: bigint): bigint {
    return this.#lastByRun.get(run) ?? 0n;
  }

  /** Whether an event's number is one that a daemon may have come to. */
  isPlausible(run: bigint, number: bigint): boolean {
    const isFirst = this.#lastByRun.size === 0;
    return number - this.lastOf(run) <= (isFirst ? MAX_FIRST : MAX_GAP);
  }

  /** Whether anything has come of a run, or was there before. */
  has(run: bigint): boolean {
    return this.#lastByRun.has(run);
  }

  /** The numbers that have not come right before an event; undefined when there are none. */
  gapBefore(run: bigint, number: bigint): NumberRange | undefined {
    if (!this.#missesBefore && !this.#lastByRun.has(run)) return undefined;
    const from = this.lastOf(run) + 1n;
    return number > from ? { run, from, to: number - 1n } : undefined;
  }

  /** Takes note that a run went up to a number: what has not come until then is missed. */
  missThrough(run: bigint, number: bigint): void {
    const last = this.lastOf(run);
    if (number <= last) return;
    this.missed += Number(number - last);
    this.#note(run, number);
  }

  /** Takes note of an event; false when it was there before. */
  isNew(run: bigint, number: bigint): boolean {
    const last = this.#lastByRun.get(run);
    if (last === undefined) {
      this.#startRun(run, number);
      return true;
    }
    if (number > last) {
      if (this.#unheard.delete(run)) this.runs++;
      this.missed += Number(number - last - 1n);
      this.#note(run, number);
      return true;
    }
    const restarted = run === 0n &&
      (number === 1n && last > 1n || last - number > RESTART_DISTANCE);
    if (restarted) this.#startRun(run, number);
    return restarted;
  }

  #note(run: bigint, number: bigint): void {
    // With several runs under way, those that are forgotten first come first.
    if (this.#lastByRun.size > 1) this.#lastByRun.delete(run);
    this.#lastByRun.set(run, number);
  }

  #startRun(run: bigint, number: bigint): void {
    if (this.#missesBefore && number > 0n) this.missed += Number(number - 1n);
    this.#missesBefore = true;
    this.runs++;
    this.#note(run, number);
    if (this.#lastByRun.size > MAX_RUNS) {
      const [oldest] = this.#lastByRun.keys();
      this.#lastByRun.delete(oldest);
    }
  }
}
