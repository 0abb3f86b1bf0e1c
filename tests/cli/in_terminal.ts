import { selfCommand } from "../../cli/process/self.ts";
import { DEADLINE_MS } from "../wait_for.ts";

/** Runs a command in a terminal, in Python. */
export const IN_TERMINAL = new URL("in_terminal.py", import.meta.url).pathname;
const CTRL_C = new Uint8Array([3]);
/** What a command did in a terminal. */
export interface Screen {
  code: number;
  /** All that it wrote, with its control codes. */
  written: string;
}

/** How a terminal is. */
export interface TerminalSettings {
  /** @default 100 */
  columns?: number;
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** Whether tests in a terminal can run here. */
export const HAS_TERMINAL = hasPython();

/** Runs `ssdaq` in a terminal; types Ctrl-C as soon as what it has written matches. */
export async function inTerminal(
  args: readonly string[],
  until: RegExp,
  { columns = 100, env = {} }: TerminalSettings = {},
): Promise<Screen> {
  const self = selfCommand(args);
  const child = new Deno.Command("python3", {
    args: [IN_TERMINAL, String(columns), self.executable, ...self.args],
    env: { NO_COLOR: "", TERM: "xterm", ...env },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  const keyboard = child.stdin.getWriter();
  let written = "";
  let typed = false;
  try {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      written += text;
      if (typed || !until.test(written)) continue;
      typed = true;
      await keyboard.write(CTRL_C);
    }
    const { code, signal } = await child.status;
    if (signal !== null) throw new Error(`${until} was not written, but:\n${written}`);
    return { code, written };
  } finally {
    clearTimeout(timer);
    await keyboard.close().catch(() => {});
  }
}

function hasPython(): boolean {
  if (Deno.build.os === "windows") return false;
  try {
    return new Deno.Command("python3", { args: ["-c", "import pty"] }).outputSync().success;
  } catch {
    return false;
  }
}
