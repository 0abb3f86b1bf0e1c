/** After a defect, how long the command may take to drain, ms. */
const DRAIN_MS = 60_000;

/** What a {@linkcode DefectWatch} tells. */
export interface DefectListener {
  /** Told of the first defect: the command is to drain and end. */
  onDefect: (defect: unknown) => void;
  /** Told when it has not ended in time: the process is to be left. */
  onStuck: () => void | Promise<void>;
  /** @default 60 s */
  drainMs?: number;
}

/**
 * Catches what is thrown where nobody can catch it, as in a timer.
 *
 * Left to Deno it would end the process where it stands: files stay unclosed, and with a ZeroMQ
 * socket that waits the end is a SIGSEGV.
 */
export class DefectWatch implements Disposable {
  readonly #listener: DefectListener;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onError = (event: ErrorEvent) => this.#take(event, event.error);
  readonly #onRejection = (event: PromiseRejectionEvent) => this.#take(event, event.reason);

  constructor(listener: DefectListener) {
    this.#listener = listener;
    globalThis.addEventListener("error", this.#onError);
    globalThis.addEventListener("unhandledrejection", this.#onRejection);
  }

  /** Whether there was a defect. */
  get happened(): boolean {
    return this.#timer !== undefined;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    globalThis.removeEventListener("error", this.#onError);
    globalThis.removeEventListener("unhandledrejection", this.#onRejection);
  }

  #take(event: Event, defect: unknown): void {
    event.preventDefault();
    if (this.happened) return;
    const { onDefect, onStuck, drainMs = DRAIN_MS } = this.#listener;
    this.#timer = setTimeout(onStuck, drainMs);
    onDefect(defect);
  }
}
