import type { Terminal } from "./terminal.ts";

/** How often a status line is updated. */
const STATUS_MS = 500;

/** Updates a status line until it is disposed; does nothing without a terminal. */
export class StatusLoop implements Disposable {
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, line: () => string) {
    this.#terminal = terminal;
    if (terminal.interactive) {
      this.#timer = setInterval(() => terminal.status(line()), STATUS_MS);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#terminal.endStatus();
  }
}

/** How fast a count rises between two looks. */
export class Rate {
  #count = 0;
  #ms = performance.now();

  /** Counts per second since the last look. */
  look(count: number): number {
    const nowMs = performance.now();
    const perSecond = (count - this.#count) / Math.max(nowMs - this.#ms, 1) * 1000;
    this.#count = count;
    this.#ms = nowMs;
    return perSecond;
  }
}
