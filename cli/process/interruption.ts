/** Exit code after a second Ctrl-C, as in shells. */
const INTERRUPTED = 130;

/** Signals of a supervisor and of a closed terminal; Windows has neither. */
const TERMINATIONS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGTERM", "SIGHUP"];

/** After the drain the process ends by itself: a late SIGHUP must not end it before. */
const onHangUp = () => {};

/** The variable with the supervisor's process number. When that has ended, the process drains. */
export const SUPERVISOR_VARIABLE = "SSDAQ_SUPERVISOR_PID";

/** How often a supervised process checks whether its supervisor still exists. */
const LOOK_MS = 500;

/**
 * SIGINTs within this time count as one Ctrl-C: the terminal sends one to each process, and a
 * program such as `deno task` may pass on another one.
 */
const ONE_PRESS_MS = 100;

/**
 * SIGINT, SIGTERM and SIGHUP as AbortSignals. The first signal asks to drain. The second asks to
 * hurry, if the command can. Otherwise a second SIGINT ends the process at once, as a third one does.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  #hurry: AbortController | undefined;
  #interruptedMs = -Infinity;
  readonly #onInterrupt = () => {
    const beforeMs = this.#interruptedMs;
    this.#interruptedMs = performance.now();
    if (this.#interruptedMs - beforeMs < ONE_PRESS_MS) return;
    if (this.#hasHurried || this.signal.aborted && this.#hurry === undefined) {
      Deno.exit(INTERRUPTED);
    }
    this.#onTerminate();
  };
  #look: ReturnType<typeof setInterval> | undefined;
  readonly #onTerminate = () => {
    if (this.signal.aborted) this.#hurry?.abort();
    else this.#controller.abort();
  };

  constructor() {
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
    for (const signal of TERMINATIONS) Deno.addSignalListener(signal, this.#onTerminate);
    const supervisor = Deno.env.get(SUPERVISOR_VARIABLE);
    if (supervisor !== undefined) this.#followSupervisor(Number(supervisor));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the command uses {@linkcode Interruption.hurry}. */
  get canHurry(): boolean {
    return this.#hurry !== undefined;
  }

  /** Aborted by a second signal: the command then gives up data to drain faster, and counts them. */
  get hurry(): AbortSignal {
    this.#hurry ??= new AbortController();
    return this.#hurry.signal;
  }

  get #hasHurried(): boolean {
    return this.#hurry?.signal.aborted === true;
  }

  /** Asks to drain, like a signal. */
  interrupt(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#look);
    // Writes to a closed terminal fail and start the drain too. SIGHUP may then come after the drain.
    if (TERMINATIONS.includes("SIGHUP")) Deno.addSignalListener("SIGHUP", onHangUp);
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
