import { selfCommand } from "../../cli/process/self.ts";
import { waitFor } from "../wait_for.ts";

const PROGRAM = new URL("lost_log.py", import.meta.url).pathname;

/** What can happen to where a log goes; see the program. */
export type Word = "close" | "stop" | "go" | "term";

/** `ssdaq` with its log in a terminal, or in a pipe that is full. */
export class LostLog implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #words: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #shown = "";

  /**
   * @param how `terminal`, or `pipe` for one that is full
   * @param out file for what it prints; `-` for where its log goes
   */
  constructor(how: "terminal" | "pipe", out: string, args: readonly string[]) {
    const self = selfCommand(args);
    this.#child = new Deno.Command("python3", {
      args: [PROGRAM, out, how, self.executable, ...self.args],
      env: { NO_COLOR: "1", TERM: "xterm" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#words = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** What was read of the log. */
  get shown(): string {
    return this.#shown;
  }

  /** Waits until the log was read so far. */
  async shows(pattern: RegExp): Promise<void> {
    await waitFor(`${pattern} in the log`, () => pattern.test(this.#shown))
      .catch((error) => {
        throw new Error(`${error.message}:\n${this.#shown}`);
      });
  }

  /** Does something to where the log goes. */
  async does(word: Word): Promise<void> {
    await this.#words.write(new TextEncoder().encode(`${word}\n`));
  }

  /**
   * Its exit code; 128 and the number of the signal that killed it.
   *
   * @throws {Error} when it does not end in time
   */
  async ended(): Promise<number> {
    let code: number | undefined;
    void this.#child.status.then((status) => code = status.code);
    await waitFor("its end", () => code !== undefined);
    return code ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // At the end of its words it kills the command.
    await this.#words.close().catch(() => {});
    await this.#reading;
    await this.#child.status;
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#shown += text;
    }
  }
}
