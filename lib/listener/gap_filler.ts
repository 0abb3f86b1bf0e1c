import type { CameraEvent } from "../event.ts";
import type { RecorderLedger } from "../ledger.ts";
import type { EventSequence, NumberRange } from "./event_sequence.ts";
import type { EventSource, KeptRun } from "./event_source.ts";

/** A source that did not answer when a run ended is asked again after so long. */
const ASK_AGAIN_MS = 10_000;

/**
 * Fetches events that were not heard, so that all are there once and in order.
 *
 * What it gives has its place in the sequence and is counted as `filled`; what the source no longer
 * has stays a gap, which the next event makes `missed`.
 */
export class GapFiller {
  readonly #sequence: EventSequence;
  readonly #source: EventSource;
  readonly #ledger: Pick<RecorderLedger, "recorder">;
  /** When to ask for the rest of runs that have ended. */
  #askAgainMs = Infinity;

  constructor(
    sequence: EventSequence,
    source: EventSource,
    ledger: Pick<RecorderLedger, "recorder">,
  ) {
    this.#sequence = sequence;
    this.#source = source;
    this.#ledger = ledger;
  }

  /**
   * What is missing right before an event that has been heard.
   *
   * @param nowMs monotonic clock, ms
   */
  async *before(
    { run, number }: CameraEvent,
    nowMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<CameraEvent> {
    // Messages of the readout format have no run, so there is nothing to ask for.
    if (run === 0n) return;
    if (!this.#sequence.has(run)) yield* this.#restBefore(run, nowMs, signal);
    else if (nowMs >= this.#askAgainMs) yield* this.#restOfEnded(nowMs, signal);
    const gap = this.#sequence.gapBefore(run, number);
    if (gap !== undefined) yield* this.#fill(gap, signal);
  }

  /** All that there is beyond the last events of the runs begun, and of the run under way. */
  async *catchUp(signal: AbortSignal): AsyncGenerator<CameraEvent> {
    if (this.#sequence.has(0n)) return;
    const runs = await this.#source.runs(signal);
    if (runs === undefined) return;
    this.#askAgainMs = Infinity;
    for (const kept of runs) {
      if (kept.current) this.#sequence.missFromFirst();
      if (kept.current || this.#sequence.has(kept.run)) yield* this.#rest(kept, signal);
    }
  }

  /** The rest of the runs begun before this one. */
  async *#restBefore(
    next: bigint,
    nowMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<CameraEvent> {
    // Where the source is known to be, all of the run was promised.
    if (this.#source.isCertain) this.#sequence.missFromFirst();
    const runs = await this.#source.runs(signal);
    if (runs === undefined) {
      if (this.#source.isCertain) this.#askAgainMs = nowMs + ASK_AGAIN_MS;
      return;
    }
    for (const kept of runs) {
      if (kept.run === next) return this.#sequence.missFromFirst();
      if (this.#sequence.has(kept.run)) yield* this.#rest(kept, signal);
    }
  }

  /** The rest of runs that ended while the source did not answer. */
  async *#restOfEnded(nowMs: number, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const runs = await this.#source.runs(signal);
    this.#askAgainMs = runs === undefined ? nowMs + ASK_AGAIN_MS : Infinity;
    for (const kept of runs ?? []) {
      if (!kept.current && this.#sequence.has(kept.run)) yield* this.#rest(kept, signal);
    }
  }

  /** What there is of a run beyond its last event. */
  async *#rest(kept: KeptRun, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const { run, from, to, current } = kept;
    const last = this.#sequence.lastOf(run);
    const first = from > last ? from : last + 1n;
    if (to < first) return;
    yield* this.#fill({ run, from: first, to }, signal);
    if (current || signal.aborted) return;
    // No event of the run comes any more by which it would show that some are missing.
    this.#sequence.missThrough(run, to);
    this.#ledger.recorder.missed = this.#sequence.missed;
  }

  async *#fill(range: NumberRange, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const { recorder } = this.#ledger;
    for await (const event of this.#source.events(range, signal)) {
      if (signal.aborted) return;
      if (!this.#sequence.isNew(event.run, event.number)) continue;
      recorder.filled++;
      recorder.missed = this.#sequence.missed;
      recorder.runs = this.#sequence.runs;
      yield event;
    }
  }
}
