import { waitFor } from "./wait_for.ts";

/** How long an example may take to print what it is waited for. */
const PRINT_MS = 60_000;

/** How long an example may take to end. */
const END_MS = 60_000;

const ROOT = new URL("../", import.meta.url).pathname;

/** How an example ended. */
export interface EndedExample {
  code: number;
  stdout: string;
  stderr: string;
}

/** The text of an example. */
export function sourceOf(file: string): string {
  return Deno.readTextFileSync(`${ROOT}examples/${file}`);
}

/** The command lines in the comment at the top of an example, without its arguments. */
export function commandsOf(file: string): string[] {
  const lines = sourceOf(file).matchAll(/^(?: \*)? {4,}((?:deno run|python3) .*)$/gm);
  return Array.from(lines, ([, line = ""]) => line.slice(0, line.indexOf(file) + file.length));
}

/** The first of them. */
export function commandOf(file: string): string {
  const [command] = commandsOf(file);
  if (command === undefined) throw new Error(`${file} does not tell how to run it`);
  return command;
}

/** An example as a process of its own. */
export class RunningExample implements AsyncDisposable {
  readonly #ended: Promise<EndedExample>;
  readonly #child: Deno.ChildProcess;
  #stdout = "";
  #hasEnded = false;

  /**
   * Starts an example by a command that it tells, with the permissions that this gives.
   *
   * @param command one of {@linkcode commandsOf}
   * @param python the interpreter for those in Python
   */
  constructor(command: string, args: readonly string[], python = "python3") {
    const [program = "", ...words] = command.split(" ");
    this.#child = new Deno.Command(program === "deno" ? Deno.execPath() : python, {
      args: [...program === "deno" ? ["run", "--no-prompt", ...words.slice(1)] : words, ...args],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#ended = this.#follow();
  }

  /** All that it has printed. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Waits until what it has printed is as wanted; fails when it ends before. */
  async prints(what: string, isWanted: (stdout: string) => boolean): Promise<void> {
    await waitFor(what, async () => {
      if (isWanted(this.#stdout)) return true;
      if (this.#hasEnded) throw new Error(`it has ended: ${JSON.stringify(await this.#ended)}`);
      return false;
    }, PRINT_MS);
  }

  /** Waits until it has printed what matches, and returns the match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await this.prints(String(pattern), (stdout) => (match = pattern.exec(stdout)) !== null);
    if (match === null) throw new Error(`${pattern} was not printed`);
    return match;
  }

  /** Waits until it ends by itself; one that does not is killed, as its exit code then tells. */
  async ends(): Promise<EndedExample> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_MS);
    return await this.#ended.finally(() => clearTimeout(timer));
  }

  /** Presses Ctrl-C, and waits until it has ended. */
  async stop(): Promise<EndedExample> {
    if (!this.#hasEnded) this.#child.kill("SIGINT");
    return await this.ends();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async #follow(): Promise<EndedExample> {
    const [, stderr, { code }] = await Promise.all([
      this.#followStdout(),
      new Response(this.#child.stderr).text(),
      this.#child.status,
    ]);
    this.#hasEnded = true;
    return { code, stdout: this.#stdout, stderr };
  }

  async #followStdout(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#stdout += text;
    }
  }
}
