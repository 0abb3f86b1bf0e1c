import { type Notice, NOTICE_LEVELS, type NoticeLevel } from "../../../lib/notice.ts";
import { selfCommand } from "../../process/self.ts";
import { SUPERVISOR_VARIABLE } from "../../process/interruption.ts";

/** The most that is kept of what a process prints to stdout: a summary has a few KiB. */
const MAX_STDOUT_BYTES = 4 * 2 ** 20;

/** The longest line of its log that is taken as one. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/** How a process ended. */
export interface ChildEnd {
  code: number;
  /** What killed it; null when it ended by itself. */
  signal: Deno.Signal | null;
  /** What it printed in JSON; undefined when that is none. */
  summary: unknown;
}

/**
 * A command of ssdaq as a process of its own, in a process group of its own: Ctrl-C reaches it by way
 * of its supervisor alone, and it drains when its supervisor is gone.
 */
export class Child {
  /** Resolves when the process has ended and all that it said was told. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: Deno.ChildProcess;
  #hasEnded = false;

  /**
   * @param args what stands after `ssdaq`
   * @param logLevel the least that it logs
   * @param environment what it has beside that of this process
   * @param tell given each notice of its log, whose words have all that follows them already
   */
  constructor(
    args: readonly string[],
    logLevel: NoticeLevel,
    environment: Record<string, string>,
    tell: (notice: Notice) => void,
  ) {
    const self = selfCommand([
      ...args,
      ...["--json", "--log-format=json", "--log-file=off", `--log-level=${logLevel}`],
    ]);
    this.#process = new Deno.Command(self.executable, {
      args: self.args,
      env: { ...environment, [SUPERVISOR_VARIABLE]: String(Deno.pid) },
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.ended = this.#follow(tell);
  }

  /** Its process number. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a signal, unless it has ended. */
  kill(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#process.kill(signal);
  }

  async #follow(tell: (notice: Notice) => void): Promise<ChildEnd> {
    const [stdout, , { code, signal }] = await Promise.all([
      readSome(this.#process.stdout),
      followLines(this.#process.stderr, (line) => tell(noticeIn(line))),
      this.#process.status.finally(() => this.#hasEnded = true),
    ]);
    return { code, signal, summary: jsonOf(stdout) };
  }
}

async function readSome(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < MAX_STDOUT_BYTES) text += piece;
  }
  return text;
}

async function followLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  tell: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(tell);
    if (rest.length > MAX_LINE_CHARACTERS) {
      tell(rest);
      rest = "";
    }
  }
  if (rest !== "") tell(rest);
}

/** The notice in a line of the log; the line itself when it is none, as when Deno itself speaks. */
function noticeIn(line: string): Notice {
  const told = jsonOf(line) as
    | { [Key in "message" | "level" | "category" | "code" | "fields"]?: unknown }
    | undefined;
  const { message, level, category, code, fields } = told ?? {};
  const isFailure = level === "error" && category === "ssdaq";
  if (typeof message !== "string") return { level: "warning", stage: "deno", text: line };
  return {
    level: NOTICE_LEVELS.find((known) => known === level) ?? "info",
    // Within this process, its stages stand below its name.
    stage: typeof category === "string" ? category.replace(/^ssdaq\.?/, "") : "",
    text: isFailure ? `error: ${message}` : message,
    code: typeof code === "string" ? code : undefined,
    fields: typeof fields === "object" && fields !== null ? { ...fields } : undefined,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
