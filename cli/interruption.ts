/** Exit code after a second Ctrl-C, as shells tell it. */
const INTERRUPTED = 130;

/** What a supervisor sends, and a terminal that is closed; Windows has neither. */
const TERMINATIONS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGTERM", "SIGHUP"];

/** Holds the process number of a supervisor, without which a process is to drain and end. */
export const SUPERVISOR_VARIABLE = "SSDAQ_SUPERVISOR_PID";

/** How often a supervised process looks whether it still is. */
const LOOK_MS = 500;

/**
 * SIGINT, SIGTERM and SIGHUP as an AbortSignal: the first asks to drain, a second SIGINT leaves at once.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onInterrupt = () => {
    if (this.signal.aborted) Deno.exit(INTERRUPTED);
    this.#controller.abort();
  };
  #look: ReturnType<typeof setInterval> | undefined;
  readonly #onTerminate = () => this.#controller.abort();

  constructor() {
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
    for (const signal of TERMINATIONS) Deno.addSignalListener(signal, this.#onTerminate);
    const supervisor = Deno.env.get(SUPERVISOR_VARIABLE);
    if (supervisor !== undefined) this.#followSupervisor(Number(supervisor));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#look);
    Deno.removeSignalListener("SIGINT", this.#onInterrupt);
    for (const signal of TERMINATIONS) Deno.removeSignalListener(signal, this.#onTerminate);
  }

  #followSupervisor(pid: number): void {
    const look = setInterval(() => {
      if (Deno.ppid !== pid) this.#controller.abort();
    }, LOOK_MS);
    Deno.unrefTimer(look);
    this.#look = look;
  }
}
