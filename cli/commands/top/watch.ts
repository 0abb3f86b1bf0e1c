import type { ModuleAges, ShownEvent } from "../../../lib/view/protocol/frame.ts";
import type { LiveStatus } from "../../../lib/view/protocol/live_status.ts";

/** What is known of a camera at a moment. */
export interface Watched {
  connected: boolean;
  /** Since anything was heard of the source, ms. */
  heardMs: number;
  /** Undefined until they are told first, as the others. */
  ages: ModuleAges | undefined;
  status: LiveStatus | undefined;
  event: ShownEvent | undefined;
}

/** Follows a camera, by a daemon's control port or by its events. */
export interface Watch extends AsyncDisposable {
  /** Where it looks, for people. */
  readonly origin: string;
  /** What is known now. */
  look(nowMs: number): Watched;
  /** Fails when it can no longer look. */
  readonly failure: Promise<never>;
}
