/**
 * ZeroMQ itself begins its next attempt 100 ms after it has lost a connection. On a busy machine it may
 * be seen later.
 */
const REVIVE_MS = 3000;

/**
 * Connects again where ZeroMQ has given up.
 *
 * ZeroMQ tries again when a connection is lost. But it gives up an endpoint for ever, without a
 * word, when the other side has broken the protocol: for example, when another service has had the
 * publisher's port for a moment.
 */
export class ConnectionRevival implements Disposable {
  readonly #connect: (endpoint: string) => void;
  readonly #reviveMs: number;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /**
   * @param connect connects to an endpoint again
   * @param reviveMs how long ZeroMQ may need to begin an attempt
   */
  constructor(connect: (endpoint: string) => void, reviveMs: number = REVIVE_MS) {
    this.#connect = connect;
    this.#reviveMs = reviveMs;
  }

  /** A connection was lost, or an attempt has failed. */
  lost(endpoint: string): void {
    this.trying(endpoint);
    const inTime = (action: () => void) => {
      this.#timers.set(endpoint, setTimeout(action, this.#reviveMs / 2));
    };
    // Twice: after a standstill, a timer may run before what ZeroMQ has told meanwhile.
    inTime(() =>
      inTime(() => {
        this.#timers.delete(endpoint);
        this.#connect(endpoint);
      })
    );
  }

  /** ZeroMQ tries again by itself. */
  trying(endpoint: string): void {
    clearTimeout(this.#timers.get(endpoint));
    this.#timers.delete(endpoint);
  }

  /** Whether an endpoint was lost, and ZeroMQ has not yet tried again. */
  isAwaited(endpoint: string): boolean {
    return this.#timers.has(endpoint);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
