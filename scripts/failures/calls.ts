import { messageOf } from "../../lib/errors.ts";
import { type CallFailure, type CallKind, nameOf } from "./call_failure.ts";
import type { Ending } from "./ending.ts";
import { failDaemon } from "./failing_daemon.ts";
import { failRecorder } from "./failing_recorder.ts";
import { failSim } from "./failing_sim.ts";
import { Feed } from "./feed.ts";

/** Beyond this number of calls of a kind, something never ends. */
const MAX_CALLS = 10_000;

/** Sixty events, so that the first recording is as short as the last. */
const REPLAY_BUFFER = "1MiB";

/** For days. */
const MAX_READOUTS = 100_000_000;

/** What came of one failure. */
export interface CallResult {
  name: string;
  /** Undefined if the call never came. */
  ending?: Ending | undefined;
  /** What was not as it must be. */
  defect?: string;
}

/** All n-th calls of one kind, with one error, in one program. */
export type Series = Omit<CallFailure, "nth">;

/** Does series, some failures at once; the recorders listen to one daemon. */
export class Calls implements AsyncDisposable {
  readonly #feed: Feed;

  private constructor(feed: Feed) {
    this.#feed = feed;
  }

  static async start(): Promise<Calls> {
    return new Calls(await Feed.start(REPLAY_BUFFER, MAX_READOUTS));
  }

  /** Lets one call fail. */
  async fail(failure: CallFailure): Promise<CallResult> {
    const name = nameOf(failure);
    const folder = Deno.makeTempDirSync({ prefix: "ssdaq_fail_" });
    try {
      const ending = await this.#run(failure, folder);
      Deno.removeSync(folder, { recursive: true });
      return { name, ending };
    } catch (error) {
      return { name, defect: `${messageOf(error)} (files: ${folder})` };
    }
  }

  /**
   * Lets each call of a series fail, one after the other, until the call does not come any more.
   *
   * @param step only every so many
   * @param first the first one
   */
  async *series(series: Series, step = 1, first = 1): AsyncGenerator<CallResult> {
    for (let nth = first; nth < MAX_CALLS; nth += step) {
      const result = await this.fail({ ...series, nth });
      if (result.ending === undefined && result.defect === undefined) return;
      yield result;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feed[Symbol.asyncDispose]();
  }

  #run(failure: CallFailure, folder: string): Promise<Ending | undefined> {
    switch (failure.program) {
      case "daemon":
        return failDaemon(failure, folder);
      case "record":
        return failRecorder(this.#feed, failure, folder);
      case "sim":
        return failSim(failure, folder);
    }
  }
}

/** All series, of all programs. */
export function allSeries(kinds: readonly CallKind[]): Series[] {
  return kinds.flatMap((kind) =>
    kind.errors.flatMap((error) =>
      (["daemon", "record", "sim"] as const).map((program): Series => ({ program, kind, error }))
    )
  );
}
