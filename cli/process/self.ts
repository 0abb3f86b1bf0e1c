import { fileURLToPath } from "node:url";
import configuration from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The task `ssdaq`: a child process gets the same permissions. */
const TASK = configuration.tasks.ssdaq.command.split(" ").slice(1)
  .map((word) => word === "cli/main.ts" ? ROOT + word : word);

/**
 * The program that runs this. Read once, at the start: after an upgrade the system gives another name
 * for the replaced file, but the new file at this path must be started.
 */
const PROGRAM = Deno.execPath();

/** The variable with the one file that unpacked this program. */
const EXECUTABLE_VARIABLE = "SSDAQ_EXECUTABLE";

/** The one file that started ssdaq; undefined when it runs from source. */
export function executablePath(): string | undefined {
  return Deno.build.standalone ? PROGRAM : Deno.env.get(EXECUTABLE_VARIABLE);
}

/**
 * The command that starts ssdaq again.
 *
 * @param args arguments after `ssdaq`
 */
export function selfCommand(args: readonly string[]): { executable: string; args: string[] } {
  const executable = executablePath();
  return executable === undefined
    ? { executable: PROGRAM, args: [...TASK, ...args] }
    : { executable, args: [...args] };
}
