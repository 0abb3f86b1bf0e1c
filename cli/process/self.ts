import { fileURLToPath } from "node:url";
import configuration from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The task `ssdaq`, so that a process has the permissions that users give it. */
const TASK = configuration.tasks.ssdaq.command.split(" ").slice(1)
  .map((word) => word === "cli/main.ts" ? ROOT + word : word);

/**
 * The program that runs this. Asked once, at the start: of a file that was replaced since, as by an
 * upgrade, the system tells another name; what stands at this one then is to be started.
 */
const PROGRAM = Deno.execPath();

/** Names the one file that unpacked this program and runs it. */
const EXECUTABLE_VARIABLE = "SSDAQ_EXECUTABLE";

/** The one file that ssdaq was started from; undefined when it runs from source. */
export function executablePath(): string | undefined {
  return Deno.build.standalone ? PROGRAM : Deno.env.get(EXECUTABLE_VARIABLE);
}

/**
 * How to start ssdaq once more.
 *
 * @param args what stands after `ssdaq`
 */
export function selfCommand(args: readonly string[]): { executable: string; args: string[] } {
  const executable = executablePath();
  return executable === undefined
    ? { executable: PROGRAM, args: [...TASK, ...args] }
    : { executable, args: [...args] };
}
