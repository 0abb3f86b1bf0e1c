import { type Ended, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { STOP_VARIABLE, type StoppingPoint } from "../../lib/stopping_point.ts";

/** The exit code of a process that SIGKILL has ended. */
export const KILLED = 137;

/** How long a process may take for anything. */
const DEADLINE_MS = 60_000;

const LOOK_MS = 20;

/** Where a process is stopped, and how. */
export interface Stop {
  point: StoppingPoint;
  /** `kill` ends it there; `stop` lets it stand still for a while, and then go on. */
  how: "kill" | "stop";
  /** At which time that it comes there, from 1. */
  nth: number;
}

/** A command that is stopped at a moment, or not at all. */
export class StoppedProcess implements AsyncDisposable {
  readonly process: SsdaqProcess;
  #hasEnded = false;

  constructor(args: readonly string[], stop?: Stop) {
    const environment: Record<string, string> = stop === undefined
      ? {}
      : { [STOP_VARIABLE]: `${stop.how}@${stop.point}:${stop.nth}` };
    this.process = new SsdaqProcess(args, undefined, environment);
    void this.process.ended.then(() => this.#hasEnded = true);
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it stands still. */
  get standsStill(): boolean {
    if (this.#hasEnded) return false;
    try {
      const stat = Deno.readTextFileSync(`/proc/${this.process.pid}/stat`);
      return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
    } catch (error) {
      // It has just ended.
      if (error instanceof Deno.errors.NotFound || /os error 3\b/.test(String(error))) return false;
      throw error;
    }
  }

  /** Waits until a condition holds, the process has ended, or it stands still. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = performance.now() + DEADLINE_MS;
    while (!this.#hasEnded && !this.standsStill && !await condition()) {
      if (performance.now() > endMs) {
        {
          throw new Error(`waited for ${DEADLINE_MS} ms in vain until ${what}:\n${this.#told()}`);
        }
      }
      await sleep(LOOK_MS);
    }
  }

  /** Its log so far. */
  #told(): string {
    return this.process.said(/[^]*/)?.[0] ?? "";
  }

  /** Lets it go on after it stood still. */
  goOn(): void {
    if (!this.#hasEnded) Deno.kill(this.process.pid, "SIGCONT");
  }

  /** Asks it to end, like Ctrl-C. */
  askToEnd(): void {
    if (!this.#hasEnded) Deno.kill(this.process.pid, "SIGINT");
  }

  /** Asks it to end, and waits for that. */
  async end(): Promise<Ended> {
    this.askToEnd();
    await this.until("it ends", () => false);
    return await this.settled();
  }

  /** How it has ended. */
  async settled(): Promise<Ended> {
    if (this.#hasEnded) return await this.process.ended;
    throw new Error("it stands still");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
