import type { RecorderLedger } from "../ledger/ledger.ts";
import { type Log, StageLog } from "../notice.ts";
import type { EventSource, KeptRun } from "../replay/event_source.ts";
import { stoppingPoint } from "../stopping_point.ts";
import { sleep } from "../time/sleep.ts";
import type { CameraEvent } from "../wire/event.ts";
import { type EventId, type NumberRange, type RunId, runKey } from "../wire/run_id.ts";
import type { EventSequence } from "./event_sequence.ts";

/** If a source did not answer when a run ended, it is asked again after this time. */
const ASK_AGAIN_MS = 10_000;

/** Maximum time to wait for a busy source. No event after the gap is passed on meanwhile. */
const MAX_BUSY_MS = 300_000;

/** Pause between two requests to a busy source: at first, and at most. */
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5000;

/** Number of requests to a source that says that it has events but sends none. */
const MAX_EMPTY_ANSWERS = 5;

/** Options of a {@linkcode GapFiller}. */
export interface GapFillerOptions {
  /** Gets notices of gaps that stay, and of waiting for a busy source. @default none */
  log?: Log | undefined;
  /** The monotonic clock, ms. @default `performance.now` */
  now?: () => number;
  /** Sleeps for a time, or until the signal. @default by a timer */
  sleep?: typeof sleep;
  /** Maximum time to wait for a busy source, ms. @default 300 000 */
  maxBusyMs?: number;
}

/**
 * Fetches events that were not received, so that all are there once and in order.
 *
 * Fetched events are in sequence and counted as `filled`. While the source is busy, or says that it
 * has the missing events, it is asked again, for up to five minutes. Events that it no longer has
 * stay a gap. The next event counts them as `missed`.
 */
export class GapFiller {
  readonly #sequence: EventSequence;
  readonly #source: EventSource;
  readonly #ledger: Pick<RecorderLedger, "recorder">;
  readonly #log: StageLog;
  readonly #now: () => number;
  readonly #sleep: typeof sleep;
  readonly #maxBusyMs: number;
  /** When to ask for the rest of runs that have ended. */
  #askAgainMs = Infinity;

  constructor(
    sequence: EventSequence,
    source: EventSource,
    ledger: Pick<RecorderLedger, "recorder">,
    options: GapFillerOptions = {},
  ) {
    const { log, now = () => performance.now(), maxBusyMs = MAX_BUSY_MS } = options;
    this.#sequence = sequence;
    this.#source = source;
    this.#ledger = ledger;
    this.#log = new StageLog("listener", log);
    this.#now = now;
    this.#sleep = options.sleep ?? sleep;
    this.#maxBusyMs = maxBusyMs;
  }

  /**
   * Fetches what is missing directly before a received event.
   *
   * @param nowMs monotonic clock, ms
   */
  async *before(
    event: CameraEvent,
    nowMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<CameraEvent> {
    const id: EventId = event;
    // Messages in the readout format have no run, so nothing can be fetched.
    if (id.run === 0n || id.number <= this.#sequence.lastOf(id)) return;
    if (!this.#sequence.has(id)) yield* this.#restBefore(id, nowMs, signal);
    else if (nowMs >= this.#askAgainMs) yield* this.#restOfEnded(nowMs, signal);
    const gap = this.#sequence.gapBefore(id);
    if (gap !== undefined) yield* this.#fill(gap, signal);
  }

  /**
   * Fetches all events after the last received ones, of known runs and of later runs.
   *
   * @param options.isLast whether no event follows. Then it waits for a busy source. If the source
   * is gone, the events that it had at its last answer are missed.
   */
  async *catchUp(
    signal: AbortSignal,
    { isLast = false }: { isLast?: boolean } = {},
  ): AsyncGenerator<CameraEvent> {
    if (this.#sequence.has({ run: 0n, epoch: 0 })) return;
    const runs = isLast ? await this.#askForRuns(signal) : await this.#source.runs(signal);
    if (runs === undefined) {
      if (isLast) this.#missWhatIsKnown();
      return;
    }
    this.#askAgainMs = Infinity;
    stoppingPoint("replay.answered");
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
   * The kept runs that belong to this recording, oldest first: from its first run on. Whole runs
   * may have passed while the source was not reachable.
   */
  #ours(runs: readonly KeptRun[]): readonly KeptRun[] {
    const first = runs.findIndex((kept) => this.#sequence.has(kept));
    if (first >= 0) return runs.slice(first);
    return this.#sequence.isContinued ? runs : runs.filter(({ current }) => current);
  }

  /** Fetches the rest of earlier runs. */
  async *#restBefore(
    next: RunId,
    nowMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<CameraEvent> {
    // If the source is certain, the whole run was promised.
    if (this.#source.isCertain) this.#sequence.missFromFirst();
    const runs = await this.#askForRuns(signal);
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

  /** Fetches the rest of runs that ended while the source did not answer. */
  async *#restOfEnded(nowMs: number, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const runs = await this.#source.runs(signal);
    this.#askAgainMs = runs === undefined ? nowMs + ASK_AGAIN_MS : Infinity;
    for (const kept of this.#ours(runs ?? [])) {
      if (!kept.current) yield* this.#rest(kept, signal);
    }
  }

  /** Fetches what there is of a run after its last event. */
  async *#rest(kept: KeptRun, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const { run, epoch, from, to, current } = kept;
    const last = this.#sequence.lastOf(kept);
    const first = from > last ? from : last + 1n;
    if (to < first) return;
    yield* this.#fill({ run, epoch, from: first, to }, signal);
    if (current || signal.aborted) return;
    // No later event of the run will come to show what is missing.
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
        stoppingPoint("replay.filled");
        recorder.missed = this.#sequence.missed;
        recorder.runs = this.#sequence.runs;
        yield event;
      }
      if (from > range.to) return;
      const kept = await this.#askForRuns(signal);
      const next = kept && firstKept(kept, { ...range, from });
      if (next === undefined) return;
      fruitless = from === asked ? fruitless + 1 : 0;
      if (fruitless === MAX_EMPTY_ANSWERS) return;
      if (fruitless > 0) await this.#sleep(FIRST_PAUSE_MS, signal);
      from = next;
    }
  }

  /** The source's runs. If the source is busy, it is asked again. */
  async #askForRuns(signal: AbortSignal): Promise<readonly KeptRun[] | undefined> {
    const startMs = this.#now();
    let hasLogged = false;
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const runs = await this.#source.runs(signal);
      if (runs !== undefined || signal.aborted || !this.#source.isBusy) {
        if (hasLogged && runs !== undefined) this.#log.info("the replay buffer answers again");
        return runs;
      }
      const waitedMs = this.#now() - startMs;
      if (waitedMs >= this.#maxBusyMs) {
        this.#log.warning(
          `the replay buffer has been busy for ${Math.round(waitedMs / 1000)} s: the events ` +
            "missing before the next one stay a gap",
          { fields: { waitedMs } },
        );
        return undefined;
      }
      if (!hasLogged) {
        this.#log.warning(
          "the replay buffer is busy: events wait until it answers, for up to 5 minutes",
        );
        hasLogged = true;
      }
      await this.#sleep(pauseMs, signal);
    }
  }
}

/** The first number of a range that is kept; undefined if none is. */
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
