/** How long the command may drain after a defect, ms. */
const DRAIN_MS = 60_000;

/** The callbacks of a {@linkcode DefectWatch}. */
export interface DefectListener {
  /** Called at the first defect: the command must drain and end. */
  onDefect: (defect: unknown) => void;
  /** Called when it has not ended in time: the process must exit. */
  onStuck: () => void | Promise<void>;
  /** @default 60 s */
  drainMs?: number;
}

/**
 * Catches exceptions that no code catches, for example in a timer.
 *
 * Without it, Deno ends the process at once: files stay unclosed, and a waiting ZeroMQ socket causes
 * a SIGSEGV.
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
