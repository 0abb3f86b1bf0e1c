import { setImmediate } from "node:timers";

/** How often sockets and signals are looked at, at least. */
const REST_EVERY_MS = 50;

/**
 * The turns that a loop with always something to do gives to all else.
 *
 * An immediate alone is not enough: Deno's runtime looks at sockets, timers and signals only at every
 * 61st of them, which is many seconds when each turn writes to a slow disk. So now and then it is a
 * timer, which costs a millisecond.
 */
export class Turns {
  #restedMs = performance.now();

  /** Whether it is time that sockets and signals have their turn. */
  get isDue(): boolean {
    return performance.now() - this.#restedMs >= REST_EVERY_MS;
  }

  /** Gives one. */
  async give(): Promise<void> {
    if (this.isDue) await this.rest(0);
    else await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  /** Gives one for at least so long. */
  async rest(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, durationMs));
    this.#restedMs = performance.now();
  }
}
