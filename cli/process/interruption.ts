/** Exit code after a second Ctrl-C, as shells tell it. */
const INTERRUPTED = 130;

/** What a supervisor sends, and a terminal that is closed; Windows has neither. */
const TERMINATIONS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGTERM", "SIGHUP"];

/** A process that has drained ends by itself, whether its terminal is still open or not. */
const onHangUp = () => {};

/** Holds the process number of a supervisor, without which a process is to drain and end. */
export const SUPERVISOR_VARIABLE = "SSDAQ_SUPERVISOR_PID";

/** How often a supervised process looks whether it still is. */
const LOOK_MS = 500;

/**
 * SIGINTs this close are one Ctrl-C: a terminal sends it to all that run in it, and a program such as
 * `deno task` passes it on besides.
 */
const ONE_PRESS_MS = 100;

/**
 * SIGINT, SIGTERM and SIGHUP as AbortSignals. The first asks to drain. The second asks a command that
 * knows how to hurry for that; else a second SIGINT leaves at once, as does one after that.
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

  /** Whether the command has asked for {@linkcode Interruption.hurry}. */
  get canHurry(): boolean {
    return this.#hurry !== undefined;
  }

  /** Aborted by a second signal, for a command that can drain faster by giving data up, and names it. */
  get hurry(): AbortSignal {
    this.#hurry ??= new AbortController();
    return this.#hurry.signal;
  }

  get #hasHurried(): boolean {
    return this.#hurry?.signal.aborted === true;
  }

  /** Asks to drain, as a signal does. */
  interrupt(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#look);
    // A closed terminal is noticed by its writes too, and then SIGHUP may come after the drain.
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
