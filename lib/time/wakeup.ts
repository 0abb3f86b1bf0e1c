/** One sleeper. It is woken, or wakes by itself after a time. */
export class Wakeup {
  #wake: (() => void) | undefined;

  /** Resolves at the next {@linkcode Wakeup.wake} or after the time. */
  sleep(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Wakes the sleeper, if there is one. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
