import { type EventId, type NumberRange, type RunId, runKey } from "../wire/run_id.ts";

/** Runs whose place is remembered; beyond, the one of which nothing has been new for longest is not. */
const MAX_RUNS = 16;

/** A readout message has no run: this far back, its numbers have started again. */
const RESTART_DISTANCE = 1024n;

/** The largest gap that is believed: three years of the camera. */
const MAX_GAP = 1_000_000_000n;

/** The largest number that is believed of the first event: a year and a half at 20 000 events/s. */
const MAX_FIRST = 1_000_000_000_000n;

/** Gaps of a run that are remembered, for events that come late; beyond, the oldest is not. */
const MAX_GAPS = 64;

/** What is remembered of a run. */
interface Place extends RunId {
  /** Its last number. */
  last: bigint;
  /** Whether an event of it has been heard, or only stored by a recorder before. */
  heard: boolean;
  /** Numbers below it that were missed, in rising order. */
  gaps: { from: bigint; to: bigint }[];
}

/**
 * Follows event numbers: which are new, which were there before, how many never came.
 *
 * Numbers rise by one within a run; a run is known by its number and its epoch. Of the run it begins
 * with, it misses nothing before the first event, unless told to; of later ones it misses whatever
 * came before.
 */
export class EventSequence {
  /** Event numbers that never came. */
  missed = 0;
  /** Different runs heard. */
  runs = 0;
  /** Whether there was anything before. */
  readonly goesOn: boolean;
  /** The run of which something was new last is the last one. */
  readonly #places = new Map<bigint, Place>();
  #missesBefore: boolean;

  /** @param after the last event there already is of each run */
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
    this.goesOn = this.#missesBefore = after.length > 0;
  }

  /** From now on what came before the first event of a run is missed, of the first run too. */
  missFromFirst(): void {
    this.#missesBefore = true;
  }

  /** The last number of a run; 0 when there is none yet. */
  lastOf(run: RunId): bigint {
    return this.#places.get(runKey(run))?.last ?? 0n;
  }

  /** Whether an event's number is one that a daemon may have come to. */
  isPlausible(event: EventId): boolean {
    const isFirst = this.#places.size === 0;
    return event.number - this.lastOf(event) <= (isFirst ? MAX_FIRST : MAX_GAP);
  }

  /** Whether anything has come of a run, or was there before. */
  has(run: RunId): boolean {
    return this.#places.has(runKey(run));
  }

  /** The numbers that have not come right before an event; undefined when there are none. */
  gapBefore({ run, epoch, number }: EventId): NumberRange | undefined {
    if (!this.#missesBefore && !this.has({ run, epoch })) return undefined;
    const from = this.lastOf({ run, epoch }) + 1n;
    return number > from ? { run, epoch, from, to: number - 1n } : undefined;
  }

  /** Takes note that a run went up to a number: what has not come until then is missed. */
  missThrough(run: RunId, number: bigint): void {
    const place = this.#places.get(runKey(run));
    const last = place?.last ?? 0n;
    if (number <= last) return;
    this.missed += Number(number - last);
    const gaps = [...place?.gaps ?? [], { from: last + 1n, to: number }].slice(-MAX_GAPS);
    this.#note(run, number, place?.heard ?? false, gaps);
  }

  /** Takes note of an event; false when it was there before. One that comes late is missed no more. */
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
    // With several runs under way, those that are forgotten first come first.
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

/** Whether a number is in a gap, which it then closes or divides. */
function isLate({ gaps }: Place, number: bigint): boolean {
  const at = gaps.findIndex(({ from, to }) => from <= number && number <= to);
  const gap = gaps[at];
  if (gap === undefined) return false;
  const { from, to } = gap;
  const parts = [{ from, to: number - 1n }, { from: number + 1n, to }];
  gaps.splice(at, 1, ...parts.filter((part) => part.from <= part.to));
  return true;
}
