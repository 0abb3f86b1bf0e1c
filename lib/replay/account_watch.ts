import type { DaemonAccount, ReplayClient } from "./replay_client.ts";

/** How often the daemon is asked. */
const INTERVAL_MS = 1000;

/** Keeps a daemon's counters at hand, as it told them within the last second or two. */
export class AccountWatch implements AsyncDisposable {
  /** Undefined while it does not answer. */
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

  /** One question at a time: while it is not answered, no other is put. */
  #ask(): void {
    this.#asking ??= this.#client.account(this.#ending.signal).then((account) => {
      this.account = account;
      this.#asking = undefined;
    });
  }
}
