import { fileURLToPath } from "node:url";
import { first } from "../elements.ts";

/** The file that `deno task compile` made. */
export const EXECUTABLE = fileURLToPath(new URL("../../dist/ssdaq", import.meta.url));

/** How a program ended. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** What surrounds a start of the executable; by default next to nothing. */
export interface Surroundings {
  /** All of its environment. */
  env?: Record<string, string>;
  cwd?: string;
  /** A copy of the executable. */
  executable?: string;
  /** Words before it, such as `setpriv`. */
  before?: string[];
}

/** Runs the executable to its end. */
export async function start(args: string[], surroundings: Surroundings = {}): Promise<Output> {
  const { env = {}, cwd = "/", executable = EXECUTABLE, before = [] } = surroundings;
  const words = [...before, executable, ...args];
  const { code, stdout, stderr } = await new Deno.Command(first(words), {
    args: words.slice(1),
    clearEnv: true,
    env,
    cwd,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What it says of itself; throws when there is none to test. */
export async function versionOf(surroundings: Surroundings): Promise<string> {
  const { code, stdout, stderr } = await start(["--version"], surroundings);
  if (code !== 0) throw new Error(`${EXECUTABLE} --version: ${stderr}; see deno task compile`);
  return stdout.trim();
}

/**
 * Has every command of ssdaq that a test starts be the executable, in another folder and in an
 * environment with next to nothing.
 *
 * @param folder where the program that does so, and the cache, are
 */
export function useExecutable(folder: string): void {
  const wrapper = `${folder}/ssdaq-alone`;
  const lines = [
    "#!/bin/sh",
    "cd /",
    `exec env -i XDG_CACHE_HOME='${folder}' \\`,
    '  ${SSDAQ_SUPERVISOR_PID:+SSDAQ_SUPERVISOR_PID="$SSDAQ_SUPERVISOR_PID"} \\',
    '  ${NO_COLOR:+NO_COLOR="$NO_COLOR"} \\',
    '  ${SSDAQ_STOP_AT:+SSDAQ_STOP_AT="$SSDAQ_STOP_AT"} \\',
    `  '${EXECUTABLE}' "$@"`,
  ];
  Deno.writeTextFileSync(wrapper, lines.join("\n") + "\n", { mode: 0o755 });
  Deno.env.set("SSDAQ_EXECUTABLE", wrapper);
}
