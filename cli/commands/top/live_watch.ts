import { OperationError } from "../../../lib/errors.ts";
import { LiveClient } from "../../../lib/view/client/live_client.ts";
import type { ModuleAges, ShownEvent } from "../../../lib/view/protocol/frame.ts";
import type { LiveStatus } from "../../../lib/view/protocol/live_status.ts";
import type { Watch, Watched } from "./watch.ts";

/** Time between two frames, ms. */
const STEP_MS = 50;

/** Watches a camera by the live view of a daemon's control port or of `ssdaq view`. */
export class LiveWatch implements Watch {
  readonly origin: string;
  readonly failure: Promise<never>;
  readonly #client: LiveClient;
  #ages: ModuleAges | undefined;
  #status: LiveStatus | undefined;
  #event: ShownEvent | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param url such as `http://127.0.0.1:8642`
   * @param token the server's token, if it requires one
   */
  constructor(url: string, token?: string) {
    this.origin = url;
    const failure = Promise.withResolvers<never>();
    this.failure = failure.promise;
    this.#client = new LiveClient({
      url,
      token: () => token,
      pace: (draw) => this.#timer = setTimeout(draw, STEP_MS),
      onFrame: ({ ages, event }) => {
        this.#ages = ages;
        this.#event = event ?? this.#event;
      },
      onStatus: (status) => this.#status = status,
      onUnexpected: (reason) =>
        failure.reject(
          new OperationError(`${url} does not answer as an ssdaq daemon does: ${reason}`),
        ),
      onRefused: (httpStatus) => failure.reject(refusal(url, httpStatus)),
    });
  }

  look(): Watched {
    return {
      connected: this.#client.connected,
      heardMs: this.#client.silentMs,
      ages: this.#ages,
      status: this.#status,
      event: this.#event,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#client[Symbol.dispose]();
    return Promise.resolve();
  }
}

function refusal(url: string, httpStatus: number): OperationError {
  if (httpStatus === 401) {
    return new OperationError(`${url} requires its token; give it with --token-file FILE`);
  }
  return new OperationError(
    `${url} has no live view (HTTP ${httpStatus}); give the control port of a daemon with --control`,
  );
}
