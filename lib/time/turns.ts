import { setImmediate } from "node:timers";

/** Maximum time between two checks of sockets and signals. */
const REST_EVERY_MS = 50;

/**
 * Lets other tasks run while a loop always has work.
 *
 * An immediate alone is not enough: Deno's runtime checks sockets, timers and signals only at every
 * 61st of them. That is many seconds if each turn writes to a slow disk. So at intervals a timer is
 * used, which costs a millisecond.
 */
export class Turns {
  #restedMs = performance.now();

  /** Whether sockets and signals must be checked now. */
  get isDue(): boolean {
    return performance.now() - this.#restedMs >= REST_EVERY_MS;
  }

  /** Lets other tasks run once. */
  async give(): Promise<void> {
    if (this.isDue) await this.rest(0);
    else await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  /** Lets other tasks run for at least this time. */
  async rest(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, durationMs));
    this.#restedMs = performance.now();
  }
}
