import { itemAt } from "../../lib/item_at.ts";
import { selfCommand } from "./self.ts";

/** How long to wait for an expected line. */
const SAY_MS = 60_000;

/** How a process ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** An `ssdaq` command as a child process. */
export class SsdaqProcess implements AsyncDisposable {
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>;
  readonly #child: Deno.ChildProcess;
  #stderr = "";
  #onText = () => {};
  #hasEnded = false;

  /**
   * @param args arguments after `ssdaq`
   * @param onLine gets each line of stderr
   * @param environment variables in addition to those of this process
   */
  constructor(
    args: readonly string[],
    onLine: (line: string) => void = () => {},
    environment: Record<string, string> = {},
  ) {
    const self = selfCommand(args);
    this.#child = new Deno.Command(self.executable, {
      args: self.args,
      // Callers read the addresses from lines of level info.
      env: { SSDAQ_LOG_LEVEL: "info", ...environment },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.ended = this.#follow(onLine);
  }

  /** Runs a command to its end. */
  static async run(...args: string[]): Promise<Ended> {
    await using process = new SsdaqProcess(args);
    return await process.ended;
  }

  /** Its process number. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Waits until stderr matches, and returns the match.
   *
   * @throws {Error} when it does not match in time, or the process ends
   */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, SAY_MS);
    try {
      for (let waiting = true;;) {
        const match = pattern.exec(this.#stderr);
        if (match !== null) return match;
        if (!waiting || this.#hasEnded) {
          throw new Error(`no line matches ${pattern}; the output is:\n${this.#stderr}`);
        }
        const text = new Promise<void>((resolve) => this.#onText = resolve);
        const expired = timeout.promise.then(() => waiting = false);
        await Promise.race([text, expired, this.ended]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** The match in the present stderr; null without one. */
  said(pattern: RegExp): RegExpExecArray | null {
    return pattern.exec(this.#stderr);
  }

  /** Asks the process to end, and waits for its end. */
  async stop(signal: Deno.Signal = "SIGINT"): Promise<Ended> {
    if (!this.#hasEnded) this.#child.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }

  async #follow(onLine: (line: string) => void): Promise<Ended> {
    const [stdout, , { code }] = await Promise.all([
      new Response(this.#child.stdout).text(),
      this.#followStderr(onLine),
      this.#child.status,
    ]);
    this.#hasEnded = true;
    return { code, stdout, stderr: this.#stderr };
  }

  async #followStderr(onLine: (line: string) => void): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
      this.#onText();
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    }
  }
}

/** The addresses of a daemon. */
export interface DaemonPlaces {
  /** Where to send packets, `HOST:PORT`. */
  target: string;
  /** Where it publishes. */
  endpoint: string;
  /** Its control port, such as `http://127.0.0.1:8642`; undefined without one. */
  control: string | undefined;
}

/** Reads the addresses of a daemon from its log. */
export async function daemonPlaces(daemon: SsdaqProcess): Promise<DaemonPlaces> {
  const receiving = await daemon.says(/receiving on udp:\/\/(\S+):(\d+) /);
  const publishing = await daemon.says(/publishing run \d+ on (\S+)/);
  const host = itemAt(receiving, 1).startsWith("[") ? "[::1]" : "127.0.0.1";
  return {
    target: `${host}:${itemAt(receiving, 2)}`,
    endpoint: itemAt(publishing, 1),
    control: daemon.said(/control on (http:[^\s"]+)/)?.[1],
  };
}
