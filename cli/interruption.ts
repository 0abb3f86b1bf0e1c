/** Exit code after a second Ctrl-C, as shells tell it. */
const INTERRUPTED = 130;

/** What a supervisor sends, and a terminal that is closed; Windows has neither. */
const TERMINATIONS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGTERM", "SIGHUP"];

/**
 * SIGINT, SIGTERM and SIGHUP as an AbortSignal: the first asks to drain, a second SIGINT leaves at once.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onInterrupt = () => {
    if (this.signal.aborted) Deno.exit(INTERRUPTED);
    this.#controller.abort();
  };
  readonly #onTerminate = () => this.#controller.abort();

  constructor() {
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
    for (const signal of TERMINATIONS) Deno.addSignalListener(signal, this.#onTerminate);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#onInterrupt);
    for (const signal of TERMINATIONS) Deno.removeSignalListener(signal, this.#onTerminate);
  }
}
