import type { ModuleAges, ShownEvent } from "../../../lib/view/protocol/frame.ts";
import type { LiveStatus } from "../../../lib/view/protocol/live_status.ts";

/** What is known about a camera now. */
export interface Watched {
  connected: boolean;
  /** Time since the source last sent anything, ms. */
  heardMs: number;
  /** Undefined until the source sends them, like the next ones. */
  ages: ModuleAges | undefined;
  status: LiveStatus | undefined;
  event: ShownEvent | undefined;
}

/** Watches a camera, by a daemon's control port or by its events. */
export interface Watch extends AsyncDisposable {
  /** The source, for people. */
  readonly origin: string;
  /** What is known now. */
  look(nowMs: number): Watched;
  /** Rejects when it cannot watch any more. */
  readonly failure: Promise<never>;
}
