import { formatDuration } from "../../lib/config/duration.ts";
import { BackOff } from "./back_off.ts";
import { Child, type ChildEnd } from "./child.ts";

/** How long a process may take to drain before it is killed. */
const DRAIN_MS = 60_000;

/** What became of a command under supervision. */
export interface SupervisedSummary {
  /** What it is called. */
  name: string;
  /** How often it was started. */
  starts: number;
  /** Its last exit code; null when it was not running in the end. */
  code: number | null;
  /** The summary that it printed last. */
  summary: unknown;
}

/** How to supervise a command. */
export interface SupervisedOptions {
  name: string;
  /** What stands after `ssdaq`; asked for at each start. */
  args: () => readonly string[];
  log: (line: string) => void;
  /** Given each line of its log. */
  onLine?: (line: string) => void;
}

/** A command of ssdaq that is started again when it dies, until it is stopped or ends well. */
export class Supervised {
  readonly name: string;
  /**
   * Resolves when it has ended for good: it was stopped, its work was done (exit code 0), or it
   * refused its configuration at its first start (2).
   */
  readonly ended: Promise<SupervisedSummary>;
  readonly #options: SupervisedOptions;
  readonly #stopping = new AbortController();
  #child: Child | undefined;
  #starts = 0;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.name = options.name;
    this.ended = this.#supervise();
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /** Whether it runs now, and is not about to be started again. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Has it drain and end, and waits until it has. */
  async stop(): Promise<SupervisedSummary> {
    this.#stopping.abort();
    this.#child?.kill("SIGTERM");
    const killing = setTimeout(() => {
      this.#options.log(`${this.name} has not drained in ${formatDuration(DRAIN_MS)}: killing it`);
      this.#child?.kill("SIGKILL");
    }, DRAIN_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(killing);
    }
  }

  async #supervise(): Promise<SupervisedSummary> {
    const { name, log } = this.#options;
    const backOff = new BackOff();
    for (;;) {
      const startMs = performance.now();
      const end = await this.#live();
      const summary = { name, starts: this.#starts, code: end.code, summary: end.summary };
      const isRefused = end.code === 2 && this.#starts === 1;
      if (end.code === 0 || isRefused || this.#stopping.signal.aborted) return summary;
      const delayMs = backOff.delayMs(performance.now() - startMs);
      log(
        `${name} has died (exit code ${end.code}); it starts again in ${formatDuration(delayMs)}`,
      );
      await pause(delayMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return { ...summary, code: null };
    }
  }

  async #live(): Promise<ChildEnd> {
    const { name, args, log, onLine } = this.#options;
    this.#starts++;
    this.#child = new Child(args(), (line) => {
      log(`${name} | ${line}`);
      onLine?.(line);
    });
    try {
      return await this.#child.ended;
    } finally {
      this.#child = undefined;
    }
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, delayMs);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}
