import type { CameraEvent } from "../wire/event.ts";
import type { RecorderLedger } from "../ledger/ledger.ts";
import { type Log, StageLog } from "../notice.ts";
import { type EventId, type NumberRange, type RunId, runKey } from "../wire/run_id.ts";
import { sleep } from "../time/sleep.ts";
import type { EventSequence } from "./event_sequence.ts";
import type { EventSource, KeptRun } from "../replay/event_source.ts";

/** A source that did not answer when a run ended is asked again after so long. */
const ASK_AGAIN_MS = 10_000;

/** How long a busy source is waited for; meanwhile no event after the gap is passed on. */
const PATIENCE_MS = 300_000;

/** Between two questions to a source that is busy: at first, and at most. */
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5000;

/** A source that says that it has events, and gives none, is asked so often. */
const MAX_FRUITLESS = 5;

/** How a {@linkcode GapFiller} fills. */
export interface GapFillerOptions {
  /** Told of gaps that stay, and of those that are waited for. @default nobody is */
  log?: Log | undefined;
  /** The monotonic clock, ms. @default `performance.now` */
  now?: () => number;
  /** Sleeps for a time, or until the signal. @default by a timer */
  sleep?: typeof sleep;
  /** How long a gap is waited for whose source is busy, ms. @default 300 000 */
  patienceMs?: number;
}

/**
 * Fetches events that were not heard, so that all are there once and in order.
 *
 * What it gives has its place in the sequence and is counted as `filled`. As long as the source is
 * busy, or says that it has what is missing, it is asked again, for up to five minutes. What it no
 * longer has stays a gap, which the next event makes `missed`.
 */
export class GapFiller {
  readonly #sequence: EventSequence;
  readonly #source: EventSource;
  readonly #ledger: Pick<RecorderLedger, "recorder">;
  readonly #log: StageLog;
  readonly #now: () => number;
  readonly #sleep: typeof sleep;
  readonly #patienceMs: number;
  /** When to ask for the rest of runs that have ended. */
  #askAgainMs = Infinity;

  constructor(
    sequence: EventSequence,
    source: EventSource,
    ledger: Pick<RecorderLedger, "recorder">,
    options: GapFillerOptions = {},
  ) {
    const { log, now = () => performance.now(), patienceMs = PATIENCE_MS } = options;
    this.#sequence = sequence;
    this.#source = source;
    this.#ledger = ledger;
    this.#log = new StageLog("listener", log);
    this.#now = now;
    this.#sleep = options.sleep ?? sleep;
    this.#patienceMs = patienceMs;
  }

  /**
   * What is missing right before an event that has been heard.
   *
   * @param nowMs monotonic clock, ms
   */
  async *before(
    event: CameraEvent,
    nowMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<CameraEvent> {
    const id: EventId = event;
    // Messages of the readout format have no run, so there is nothing to ask for.
    if (id.run === 0n || id.number <= this.#sequence.lastOf(id)) return;
    if (!this.#sequence.has(id)) yield* this.#restBefore(id, nowMs, signal);
    else if (nowMs >= this.#askAgainMs) yield* this.#restOfEnded(nowMs, signal);
    const gap = this.#sequence.gapBefore(id);
    if (gap !== undefined) yield* this.#fill(gap, signal);
  }

  /**
   * All that there is beyond the last events of the runs begun, and of those after them.
   *
   * @param options.isLast whether nothing follows: then a busy source is waited for, and of one that
   * has gone that is missed which it last said to have
   */
  async *catchUp(
    signal: AbortSignal,
    { isLast = false }: { isLast?: boolean } = {},
  ): AsyncGenerator<CameraEvent> {
    if (this.#sequence.has({ run: 0n, epoch: 0 })) return;
    const runs = isLast ? await this.#runsPatiently(signal) : await this.#source.runs(signal);
    if (runs === undefined) {
      if (isLast) this.#missWhatIsKnown();
      return;
    }
    this.#askAgainMs = Infinity;
    for (const kept of this.#ours(runs)) {
      if (kept.current) this.#sequence.missFromFirst();
      yield* this.#rest(kept, signal);
    }
  }

  #missWhatIsKnown(): void {
    for (const kept of this.#ours(this.#source.lastRuns)) {
      this.#sequence.missThrough(kept, kept.to);
    }
    this.#ledger.recorder.missed = this.#sequence.missed;
  }

  /**
   * Of the runs that are kept, oldest first, those of this recording: from the first one that it has
   * begun. Whole runs may have passed while it was not there.
   */
  #ours(runs: readonly KeptRun[]): readonly KeptRun[] {
    const first = runs.findIndex((kept) => this.#sequence.has(kept));
    if (first >= 0) return runs.slice(first);
    return this.#sequence.goesOn ? runs : runs.filter(({ current }) => current);
  }

  /** The rest of the runs begun before this one. */
  async *#restBefore(
    next: RunId,
    nowMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<CameraEvent> {
    // Where the source is known to be, all of the run was promised.
    if (this.#source.isCertain) this.#sequence.missFromFirst();
    const runs = await this.#runsPatiently(signal);
    if (runs === undefined) {
      if (this.#source.isCertain) this.#askAgainMs = nowMs + ASK_AGAIN_MS;
      return;
    }
    const at = runs.findIndex((kept) => runKey(kept) === runKey(next));
    const before = new Set(at < 0 ? runs : runs.slice(0, at));
    for (const kept of this.#ours(runs)) {
      if (before.has(kept)) yield* this.#rest(kept, signal);
    }
    if (at >= 0) this.#sequence.missFromFirst();
  }

  /** The rest of runs that ended while the source did not answer. */
  async *#restOfEnded(nowMs: number, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const runs = await this.#source.runs(signal);
    this.#askAgainMs = runs === undefined ? nowMs + ASK_AGAIN_MS : Infinity;
    for (const kept of this.#ours(runs ?? [])) {
      if (!kept.current) yield* this.#rest(kept, signal);
    }
  }

  /** What there is of a run beyond its last event. */
  async *#rest(kept: KeptRun, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const { run, epoch, from, to, current } = kept;
    const last = this.#sequence.lastOf(kept);
    const first = from > last ? from : last + 1n;
    if (to < first) return;
    yield* this.#fill({ run, epoch, from: first, to }, signal);
    if (current || signal.aborted) return;
    // No event of the run comes any more by which it would show that some are missing.
    this.#sequence.missThrough(kept, to);
    this.#ledger.recorder.missed = this.#sequence.missed;
  }

  async *#fill(range: NumberRange, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const { recorder } = this.#ledger;
    let { from } = range;
    const { run, epoch, to } = range;
    this.#log.debug(`asking for events ${from} to ${to} of run ${run}`, {
      fields: { run, epoch, from, to },
    });
    for (let fruitless = 0; !signal.aborted;) {
      const asked = from;
      for await (const event of this.#source.events({ ...range, from }, signal)) {
        if (signal.aborted) return;
        from = event.number + 1n;
        if (!this.#sequence.isNew(event)) continue;
        recorder.filled++;
        recorder.missed = this.#sequence.missed;
        recorder.runs = this.#sequence.runs;
        yield event;
      }
      if (from > range.to) return;
      const kept = await this.#runsPatiently(signal);
      const next = kept && firstKept(kept, { ...range, from });
      if (next === undefined) return;
      fruitless = from === asked ? fruitless + 1 : 0;
      if (fruitless === MAX_FRUITLESS) return;
      if (fruitless > 0) await this.#sleep(FIRST_PAUSE_MS, signal);
      from = next;
    }
  }

  /** The runs that the source has; one that is busy is asked again. */
  async #runsPatiently(signal: AbortSignal): Promise<readonly KeptRun[] | undefined> {
    const startMs = this.#now();
    let hasTold = false;
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const runs = await this.#source.runs(signal);
      if (runs !== undefined || signal.aborted || !this.#source.isBusy) {
        if (hasTold && runs !== undefined) this.#log.info("the replay buffer answers again");
        return runs;
      }
      const waitedMs = this.#now() - startMs;
      if (waitedMs >= this.#patienceMs) {
        this.#log.warning(
          `the replay buffer has been busy for ${Math.round(waitedMs / 1000)} s: what is ` +
            "missing before the next event stays a gap",
          { fields: { waitedMs } },
        );
        return undefined;
      }
      if (!hasTold) {
        this.#log.warning(
          "the replay buffer is busy: events wait until it answers, for up to 5 minutes",
        );
        hasTold = true;
      }
      await this.#sleep(pauseMs, signal);
    }
  }
}

/** The first number of a range that is kept; undefined when there is none. */
function firstKept(runs: readonly KeptRun[], range: NumberRange): bigint | undefined {
  const key = runKey(range);
  return runs
    .filter((kept) => runKey(kept) === key && kept.to >= range.from && kept.from <= range.to)
    .map(({ from }) => from > range.from ? from : range.from)
    .reduce<bigint | undefined>(
      (least, from) => least === undefined || from < least ? from : least,
      undefined,
    );
}
