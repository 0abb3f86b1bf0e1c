import type { DaemonAccount, ReplayClient } from "./replay_client.ts";

/** Interval between requests to the daemon. */
const INTERVAL_MS = 1000;

/** Holds a daemon's counters, at most a second or two old. */
export class AccountWatch implements AsyncDisposable {
  /** Undefined while the daemon does not answer. */
  account: DaemonAccount | undefined;
  readonly #client: ReplayClient;
  readonly #ending = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #asking: Promise<void> | undefined;

  constructor(client: ReplayClient) {
    this.#client = client;
    this.#timer = setInterval(() => this.#ask(), INTERVAL_MS);
    this.#ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await this.#asking;
  }

  /** Sends a request, unless one is still waiting for its answer. */
  #ask(): void {
    this.#asking ??= this.#client.account(this.#ending.signal).then((account) => {
      this.account = account;
      this.#asking = undefined;
    });
  }
}
