import { Listener } from "../../../lib/listener/listener.ts";
import { type ShownEvent, shownEvent } from "../../../lib/view/protocol/frame.ts";
import { ListenedCamera } from "../../../lib/view/source/listened_camera.ts";
import { Playout } from "../../../lib/view/source/playout.ts";
import { SilenceWatch } from "../../../lib/view/source/silence.ts";
import type { Watch, Watched } from "./watch.ts";

/** No replay buffer: top shows only the newest event. */
const REPLAY_BYTES = 2 ** 15;

/** Watches a camera by its published events. */
export class ListenerWatch implements Watch {
  readonly origin: string;
  readonly failure: Promise<never>;
  readonly #listener: Listener;
  readonly #camera: ListenedCamera;
  readonly #playout = new Playout();
  readonly #silence = new SilenceWatch();
  readonly #done: Promise<void>;
  #event: ShownEvent | undefined;

  private constructor(listener: Listener, origin: string) {
    this.origin = origin;
    this.#listener = listener;
    this.#camera = new ListenedCamera({
      ...{ origin, ledger: listener.ledger, replayBytes: REPLAY_BYTES, badPixels: [] },
    });
    const failure = Promise.withResolvers<never>();
    this.failure = failure.promise;
    this.#done = this.#follow().catch(failure.reject);
  }

  /** @throws {ConfigurationError} for an invalid endpoint */
  static async connect(endpoints: readonly string[]): Promise<ListenerWatch> {
    return new ListenerWatch(await Listener.connect({ endpoints }), endpoints.join(" and "));
  }

  look(nowMs: number): Watched {
    const due = this.#playout.take(nowMs);
    if (due !== undefined) this.#event = shownEvent(due);
    return {
      connected: this.#listener.connections > 0,
      heardMs: 0,
      ages: this.#silence.look(this.#camera.lastSeenMs, nowMs),
      status: this.#camera.status(nowMs),
      event: this.#event,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener.close();
    await this.#done;
    this.#camera[Symbol.dispose]();
  }

  async #follow(): Promise<void> {
    for await (const event of this.#listener) {
      const nowMs = performance.now();
      this.#listener.ledger.recorder.stored++;
      this.#camera.push(event, nowMs);
      this.#playout.push([event], nowMs);
    }
  }
}
