import { type EventId, type NumberRange, type RunId, runKey } from "../wire/run_id.ts";

/**
 * Number of runs whose position is remembered. Beyond it, the run without new events for longest is
 * forgotten.
 */
const MAX_RUNS = 16;

/**
 * A readout message has no run. If the number falls by this much, the numbers have started again.
 */
const RESTART_DISTANCE = 1024n;

/** The largest gap that is accepted: three years of the camera. */
const MAX_GAP = 1_000_000_000n;

/** The largest first number that is accepted: a year and a half at 20 000 events/s. */
const MAX_FIRST = 1_000_000_000_000n;

/** Gaps of a run that are remembered, for late events. Beyond it, the oldest is forgotten. */
const MAX_GAPS = 64;

/** What is remembered about a run. */
interface Place extends RunId {
  /** Its last number. */
  last: bigint;
  /** Whether an event of the run was received now, and not only stored by an earlier recorder. */
  heard: boolean;
  /** Missed numbers below `last`, in rising order. */
  gaps: { from: bigint; to: bigint }[];
}

/**
 * Follows event numbers: which are new, which are repeated, and how many are missed.
 *
 * Numbers rise by one within a run. A run is identified by its number and its epoch. In the first
 * run, numbers before the first event are not missed, unless it is told so. In later runs they are.
 */
export class EventSequence {
  /** Event numbers never received. */
  missed = 0;
  /** Different runs received. */
  runs = 0;
  /** Whether this sequence continues an earlier recording. */
  readonly isContinued: boolean;
  /** The runs; the one with the newest event is last. */
  readonly #places = new Map<bigint, Place>();
  #missesBefore: boolean;

  /** @param after the last stored event of each run */
  constructor(after: readonly EventId[] = []) {
    for (const { run, epoch, number } of after) {
      this.#places.set(runKey({ run, epoch }), {
        run,
        epoch,
        last: number,
        heard: false,
        gaps: [],
      });
    }
    this.isContinued = this.#missesBefore = after.length > 0;
  }

  /** From now on, numbers before a run's first event count as missed, also in the first run. */
  missFromFirst(): void {
    this.#missesBefore = true;
  }

  /** The last number of a run; 0 before the first. */
  lastOf(run: RunId): bigint {
    return this.#places.get(runKey(run))?.last ?? 0n;
  }

  /** Whether a daemon can have reached an event's number. */
  isPlausible(event: EventId): boolean {
    const isFirst = this.#places.size === 0;
    return event.number - this.lastOf(event) <= (isFirst ? MAX_FIRST : MAX_GAP);
  }

  /** Whether the run is known: received now, or stored before. */
  has(run: RunId): boolean {
    return this.#places.has(runKey(run));
  }

  /** The missing numbers directly before an event; undefined if there are none. */
  gapBefore({ run, epoch, number }: EventId): NumberRange | undefined {
    if (!this.#missesBefore && !this.has({ run, epoch })) return undefined;
    const from = this.lastOf({ run, epoch }) + 1n;
    return number > from ? { run, epoch, from, to: number - 1n } : undefined;
  }

  /** Notes that a run went up to a number. Numbers not received until then are missed. */
  missThrough(run: RunId, number: bigint): void {
    const place = this.#places.get(runKey(run));
    const last = place?.last ?? 0n;
    if (number <= last) return;
    this.missed += Number(number - last);
    const gaps = [...place?.gaps ?? [], { from: last + 1n, to: number }].slice(-MAX_GAPS);
    this.#note(run, number, place?.heard ?? false, gaps);
  }

  /** Notes an event; false if it was known. A late event is no longer missed. */
  isNew(event: EventId): boolean {
    const { run, number } = event;
    const place = this.#places.get(runKey(event));
    if (place === undefined) {
      this.#startRun(event);
      return true;
    }
    const { last } = place;
    if (number > last) {
      if (!place.heard) this.runs++;
      this.missed += Number(number - last - 1n);
      if (number > last + 1n) place.gaps.push({ from: last + 1n, to: number - 1n });
      if (place.gaps.length > MAX_GAPS) place.gaps.shift();
      this.#note(event, number, true, place.gaps);
      return true;
    }
    if (isLate(place, number)) {
      this.missed--;
      return true;
    }
    const restarted = run === 0n &&
      (number === 1n && last > 1n || last - number > RESTART_DISTANCE);
    if (restarted) this.#startRun(event);
    return restarted;
  }

  #note({ run, epoch }: RunId, number: bigint, heard: boolean, gaps: Place["gaps"]): void {
    const key = runKey({ run, epoch });
    // With several runs in progress, the first ones are forgotten first.
    if (this.#places.size > 1) this.#places.delete(key);
    this.#places.set(key, { run, epoch, last: number, heard, gaps });
    if (this.#places.size > MAX_RUNS) {
      const [oldest] = this.#places.keys();
      if (oldest !== undefined) this.#places.delete(oldest);
    }
  }

  #startRun(event: EventId): void {
    const { number } = event;
    const gaps = this.#missesBefore && number > 1n ? [{ from: 1n, to: number - 1n }] : [];
    if (gaps.length > 0) this.missed += Number(number - 1n);
    this.#missesBefore = true;
    this.runs++;
    this.#note(event, number, true, gaps);
  }
}

/** Whether a number is in a gap. If so, it closes or divides the gap. */
function isLate({ gaps }: Place, number: bigint): boolean {
  const at = gaps.findIndex(({ from, to }) => from <= number && number <= to);
  const gap = gaps[at];
  if (gap === undefined) return false;
  const { from, to } = gap;
  const parts = [{ from, to: number - 1n }, { from: number + 1n, to }];
  gaps.splice(at, 1, ...parts.filter((part) => part.from <= part.to));
  return true;
}
