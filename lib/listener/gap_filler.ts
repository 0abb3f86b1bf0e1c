import type { CameraEvent } from "../event.ts";
import type { RecorderLedger } from "../ledger.ts";
import type { EventSequence, NumberRange } from "./event_sequence.ts";
import type { EventSource } from "./event_source.ts";

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

  constructor(
    sequence: EventSequence,
    source: EventSource,
    ledger: Pick<RecorderLedger, "recorder">,
  ) {
    this.#sequence = sequence;
    this.#source = source;
    this.#ledger = ledger;
  }

  /** What is missing right before an event that has been heard. */
  async *before({ run, number }: CameraEvent, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    // Messages of the readout format have no run, so there is nothing to ask for.
    if (run === 0n) return;
    if (!this.#sequence.has(run)) yield* this.#restBefore(run, signal);
    const gap = this.#sequence.gapBefore(run, number);
    if (gap !== undefined) yield* this.#fill(gap, signal);
  }

  /** All that there is beyond the last events of the runs begun, and of the run under way. */
  async *catchUp(signal: AbortSignal): AsyncGenerator<CameraEvent> {
    for (const kept of await this.#source.runs(signal)) {
      if (kept.current) this.#sequence.missFromFirst();
      if (kept.current || this.#sequence.has(kept.run)) yield* this.#rest(kept, signal);
    }
  }

  /** The rest of the runs begun before this one. */
  async *#restBefore(next: bigint, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    for (const kept of await this.#source.runs(signal)) {
      if (kept.run === next) return this.#sequence.missFromFirst();
      if (this.#sequence.has(kept.run)) yield* this.#rest(kept, signal);
    }
  }

  /** What there is of a run beyond its last event. */
  async *#rest({ run, from, to }: NumberRange, signal: AbortSignal): AsyncGenerator<CameraEvent> {
    const last = this.#sequence.lastOf(run);
    const first = from > last ? from : last + 1n;
    if (to >= first) yield* this.#fill({ run, from: first, to }, signal);
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
