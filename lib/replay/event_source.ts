import type { CameraEvent } from "../wire/event.ts";
import type { NumberRange } from "../wire/run_id.ts";

/** The events of a run that are kept somewhere. */
export interface KeptRun extends NumberRange {
  /** Whether it is the run under way. */
  current: boolean;
}

/** Where events that were not heard may still be had. */
export interface EventSource {
  /**
   * Whether it is known to be there. Then events are missed that came before the first one heard,
   * though it does not answer.
   */
  readonly isCertain: boolean;
  /**
   * Whether the last question failed in a way that passes: it was too busy, or late. What it has is
   * still there, and may be asked for again.
   */
  readonly isBusy: boolean;
  /** The runs there were when it last answered, whoever asked. */
  readonly lastRuns: readonly KeptRun[];
  /** The runs there are, oldest first; undefined when nobody answers. */
  runs(signal: AbortSignal): Promise<readonly KeptRun[] | undefined>;
  /**
   * The events of a range, in rising order of their numbers: all, some or none of them, as far as
   * they are still there.
   */
  events(range: NumberRange, signal: AbortSignal): AsyncIterable<CameraEvent>;
}
