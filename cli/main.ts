/**
 * The command `ssdaq`: finds the subcommand, runs it and prints its result.
 *
 * Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.
 *
 * @module
 */

import { ConfigurationError, messageOf } from "../lib/errors.ts";
import { surviveFileSizeLimit } from "../lib/linux/file_size_limit.ts";
import { armStoppingPoint, STOP_VARIABLE, stoppingPoint } from "../lib/stopping_point.ts";
import { toJson } from "../lib/text/json.ts";
import type { Command, Outcome } from "./command.ts";
import { COMMANDS } from "./commands/commands.ts";
import { parseOptions } from "./config/parse_options.ts";
import { sectionsOf } from "./config/section.ts";
import { Settings, type Sources, USUAL_PATHS } from "./config/settings.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { suggestion } from "./options/suggestion.ts";
import { versionText } from "./process/build_info.ts";
import { DefectWatch } from "./process/defect_watch.ts";
import { Interruption } from "./process/interruption.ts";
import { licensesText } from "./process/licenses.ts";
import { isReadable } from "./terminal/advice.ts";
import { printable } from "./terminal/log_record.ts";
import { OutputClosed, Terminal } from "./terminal/terminal.ts";

/** How a command ended. */
interface Ending {
  code: number;
  /** See {@linkcode Outcome}. */
  deliversMs: number;
  leavesProcesses: boolean;
}

/**
 * Runs ssdaq.
 *
 * @param args the arguments after `ssdaq`
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal();
  const { code, deliversMs, leavesProcesses } = await runArguments(args, terminal);
  const isWritten = await terminal.close();
  // A blocked write would keep the process alive until a program reads it.
  if (!isWritten || leavesProcesses) setTimeout(() => Deno.exit(code), deliversMs);
  return code;
}

async function runArguments(args: readonly string[], terminal: Terminal): Promise<Ending> {
  const ending: Ending = { code: 0, deliversMs: 0, leavesProcesses: false };
  try {
    armStoppingPoint(Deno.env.get(STOP_VARIABLE));
    stoppingPoint("main.began");
    refuseControlCharacters(args);
    ending.code = await runNamed(args, ending, terminal);
  } catch (error) {
    ending.code = reportError(error, args.includes("--debug"), terminal);
  }
  return ending;
}

/** Runs the named command, and returns the exit code. */
async function runNamed(
  args: readonly string[],
  ending: Ending,
  terminal: Terminal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) throw new ConfigurationError(`no command; ${seeHelp()}`);
  if (name === "--help" || name === "-h" || name === "help") {
    const [about] = rest;
    const topic = name === "help" && about !== undefined ? findCommand(about) : undefined;
    terminal.print(topic === undefined ? generalHelp(COMMANDS) : commandHelp(topic));
    return 0;
  }
  if (name === "--version" || name === "-V") {
    terminal.print(versionText());
    return 0;
  }
  if (name === "--licenses") {
    terminal.print(licensesText());
    return 0;
  }
  return await runCommand(findCommand(name), rest, ending, terminal);
}

/** No command needs control characters, and a message that repeats them would break its line. */
function refuseControlCharacters(args: readonly string[]): void {
  const odd = args.find((arg) => /\p{Cc}/u.test(arg));
  if (odd === undefined) return;
  throw new ConfigurationError(
    `${printable(odd).replaceAll("\n", "\\x0a")}: this argument has control characters; ` +
      "leave them out",
  );
}

async function runCommand(
  command: Command,
  args: readonly string[],
  ending: Ending,
  terminal: Terminal,
): Promise<number> {
  const end = args.indexOf("--");
  const written = end < 0 ? args : args.slice(0, end);
  // Before the options are read: users need help most when an option is wrong.
  if (written.includes("--help") || written.includes("-h")) {
    terminal.print(commandHelp(command));
    return 0;
  }
  const { name, options, maxOperands, readsConfiguration = true } = command;
  const sources: Sources = {
    sections: sectionsOf(COMMANDS),
    environment: Deno.env.toObject(),
    usualPaths: USUAL_PATHS,
  };
  const { values, operands } = parseOptions(
    name,
    options,
    maxOperands,
    args,
    (named) => readsConfiguration ? new Settings(sources, named) : Settings.none(),
  );
  if (values.logFile !== undefined) surviveFileSizeLimit();
  terminal.formLog({
    command: name,
    format: values.logFormat,
    level: values.logLevel,
    file: values.logFile,
  });
  using interruption = new Interruption();
  const { signal } = interruption;
  using defects = new DefectWatch({
    onDefect: (defect) => {
      reportError(defect, values.debug, terminal);
      interruption.interrupt();
    },
    onStuck: async () => {
      await terminal.flush();
      Deno.exit(1);
    },
  });
  const logStop = () => {
    const further = interruption.canHurry ? "stops storing, a third Ctrl-C " : "";
    terminal.info(`stopping; a second Ctrl-C ${further}ends at once`);
  };
  signal.addEventListener("abort", logStop, { once: true });
  const outcome = await command.run({
    ...{ values, operands, terminal, signal, sources },
    hurry: () => interruption.hurry,
    commands: COMMANDS,
  });
  terminal.endStatus();
  stoppingPoint("summary.made");
  const isPrinted = await printOutcome(outcome, command, values.json, terminal);
  stoppingPoint("summary.printed");
  const { ok = true, failure, deliversMs = 0, leavesProcesses = false } = outcome;
  Object.assign(ending, { deliversMs, leavesProcesses });
  if (failure !== undefined) throw failure;
  return ok && isPrinted && !defects.happened ? 0 : 1;
}

/**
 * For a command that prints only an account of its work, the work decides the exit code.
 *
 * @returns whether the output was written, or had no reader
 */
async function printOutcome(
  { data, text }: Outcome,
  { endsWithAccount = false }: Command,
  json: boolean,
  terminal: Terminal,
): Promise<boolean> {
  // When stdout and log go to the same file, the log comes first.
  await terminal.flush();
  const droppedLogLines = terminal.droppedLines;
  const dropped = droppedLogLines > 0 ? `\n${droppedLogLines} lines of the log were dropped` : "";
  const output = endsWithAccount && typeof data === "object" ? { ...data, droppedLogLines } : data;
  const printed = json
    ? output === undefined ? "" : toJson(output, 2)
    : text + (endsWithAccount ? dropped : "");
  if (printed === "") return true;
  try {
    if (endsWithAccount) await terminal.printOrLeave(printed);
    else terminal.print(printed);
  } catch (error) {
    if (error instanceof OutputClosed) return true;
    if (!endsWithAccount) throw error;
    terminal.error(error);
    return false;
  }
  return true;
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const isOption = name.startsWith("-");
  const known = isOption
    ? ["--help", "--version", "--licenses"]
    : COMMANDS.map((candidate) => candidate.name);
  const nearest = suggestion(name, known);
  throw new ConfigurationError(
    `ssdaq has no ${isOption ? "option" : "command"} ${name}; ` +
      (nearest === undefined ? seeHelp() : `did you mean ${nearest}? see ssdaq --help`),
  );
}

function seeHelp(): string {
  return `give ${COMMANDS.map(({ name }) => name).join(", ")}; see ssdaq --help`;
}

function reportError(error: unknown, debug: boolean, terminal: Terminal): number {
  // The reader of the output, such as head, has ended.
  if (error instanceof OutputClosed) return 0;
  terminal.error(
    isReadable(error) ? error : `${messageOf(error)} (a defect in ssdaq; --debug shows where)`,
  );
  if (debug && error instanceof Error) terminal.error(error.stack ?? "no stack");
  return error instanceof ConfigurationError ? 2 : 1;
}

// Not Deno.exit(): at a natural end, ZeroMQ still delivers to slow subscribers.
if (import.meta.main) Deno.exitCode = await main(Deno.args);
