import type { CameraEvent } from "../wire/event.ts";
import type { NumberRange } from "../wire/run_id.ts";

/** A range of a run's events that a source keeps. */
export interface KeptRun extends NumberRange {
  /** Whether this is the current run. */
  current: boolean;
}

/** A source of events that were not received. */
export interface EventSource {
  /**
   * Whether the source surely exists. Then events before the first received one count as missed,
   * even if the source does not answer.
   */
  readonly isCertain: boolean;
  /**
   * Whether the last request failed for a temporary reason: the source was busy, or too slow. It
   * still has its events and can be asked again.
   */
  readonly isBusy: boolean;
  /** The runs at its last answer to any request. */
  readonly lastRuns: readonly KeptRun[];
  /** Its runs, oldest first; undefined if it does not answer. */
  runs(signal: AbortSignal): Promise<readonly KeptRun[] | undefined>;
  /**
   * The events of a range, in rising order of their numbers: all, some or none of them, depending
   * on what is still there.
   */
  events(range: NumberRange, signal: AbortSignal): AsyncIterable<CameraEvent>;
}
