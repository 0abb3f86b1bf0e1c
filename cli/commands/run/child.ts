import { type Notice, NOTICE_LEVELS, type NoticeLevel } from "../../../lib/notice.ts";
import { SUPERVISOR_VARIABLE } from "../../process/interruption.ts";
import { selfCommand } from "../../process/self.ts";

/** The most that is kept of a process's stdout; a summary has a few KiB. */
const MAX_STDOUT_BYTES = 4 * 2 ** 20;

/** The longest log line. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/** How a process ended. */
export interface ChildEnd {
  code: number;
  /** The signal that killed it; null when it ended by itself. */
  signal: Deno.Signal | null;
  /** The JSON that it printed; undefined when it printed no JSON. */
  summary: unknown;
}

/**
 * An ssdaq command as a child process, in its own process group. Ctrl-C reaches it only through its
 * supervisor. It drains when its supervisor has ended.
 */
export class Child {
  /** Resolves when the process has ended and all its output was passed on. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: Deno.ChildProcess;
  #hasEnded = false;

  /**
   * @param args arguments after `ssdaq`
   * @param logLevel its lowest log level
   * @param environment variables in addition to those of this process
   * @param onNotice gets each notice of its log; the text already has the advice
   */
  constructor(
    args: readonly string[],
    logLevel: NoticeLevel,
    environment: Record<string, string>,
    onNotice: (notice: Notice) => void,
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
    this.ended = this.#follow(onNotice);
  }

  /** Its process number. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a signal, unless it has ended. */
  kill(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#process.kill(signal);
  }

  async #follow(onNotice: (notice: Notice) => void): Promise<ChildEnd> {
    const [stdout, , { code, signal }] = await Promise.all([
      readSome(this.#process.stdout),
      followLines(this.#process.stderr, (line) => onNotice(noticeIn(line))),
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
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
    if (rest.length > MAX_LINE_CHARACTERS) {
      onLine(rest);
      rest = "";
    }
  }
  if (rest !== "") onLine(rest);
}

/** The notice in a log line; the line itself when it is no notice, for example Deno's own output. */
function noticeIn(line: string): Notice {
  const record = jsonOf(line) as
    | { [Key in "message" | "level" | "category" | "code" | "fields"]?: unknown }
    | undefined;
  const { message, level, category, code, fields } = record ?? {};
  const isFailure = level === "error" && category === "ssdaq";
  if (typeof message !== "string") return { level: "warning", stage: "deno", text: line };
  return {
    level: NOTICE_LEVELS.find((known) => known === level) ?? "info",
    // Within this process, its stages are below its name.
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
