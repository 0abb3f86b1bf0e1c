/** One sleeper. It is woken, or wakes by itself after a time. */
export class Wakeup {
  #wake: (() => void) | undefined;

  /** Resolves at the next {@linkcode Wakeup.wake} or after the time. */
  async sleep(timeoutMs: number): Promise<void> {
    const woken = Promise.withResolvers<void>();
    // Set before the timer: the runtime may run other code while it makes one.
    this.#wake = woken.resolve;
    const timer = setTimeout(woken.resolve, timeoutMs);
    await woken.promise;
    clearTimeout(timer);
  }

  /** Wakes the sleeper, if there is one. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
