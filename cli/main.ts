/**
 * The command `ssdaq`: finds the subcommand, runs it, prints what it came to.
 *
 * Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.
 *
 * @module
 */

import { ConfigurationError, messageOf, OperationError } from "../lib/errors.ts";
import { toJson } from "../lib/json.ts";
import { versionText } from "./build_info.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { sectionsOf } from "./config/section.ts";
import { Settings, type Sources, USUAL_PATHS } from "./config/settings.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { Interruption } from "./interruption.ts";
import { parseOptions } from "./parse_options.ts";
import { suggestion } from "./suggestion.ts";
import { surviveFileSizeLimit } from "./survive_file_size_limit.ts";
import { Terminal } from "./terminal.ts";

/**
 * Runs ssdaq.
 *
 * @param args what is written after `ssdaq`
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  using terminal = new Terminal();
  const [name, ...rest] = args;
  try {
    if (name === undefined) throw new ConfigurationError(`which command? ${seeHelp()}`);
    if (name === "--help" || name === "-h" || name === "help") {
      const topic = name === "help" && rest.length > 0 ? findCommand(rest[0]) : undefined;
      terminal.print(topic === undefined ? generalHelp(COMMANDS) : commandHelp(topic));
      return 0;
    }
    if (name === "--version" || name === "-V") {
      terminal.print(versionText());
      return 0;
    }
    return await runCommand(findCommand(name), rest, terminal);
  } catch (error) {
    return reportError(error, args.includes("--debug"), terminal);
  }
}

async function runCommand(
  command: Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const end = args.indexOf("--");
  const written = end < 0 ? args : args.slice(0, end);
  // Looked for first: help is wanted most when an option beside it is wrong.
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
  terminal.formLog({ command: name, format: values.logFormat, file: values.logFile });
  using interruption = new Interruption();
  const { signal } = interruption;
  const tellStop = () => {
    const further = interruption.canHurry ? "stores no more, a third one " : "";
    terminal.log(`stopping; a second Ctrl-C ${further}leaves at once`);
  };
  signal.addEventListener("abort", tellStop, { once: true });
  const outcome = await command.run({
    ...{ values, operands, terminal, signal, sources },
    hurry: () => interruption.hurry,
    commands: COMMANDS,
  });
  terminal.endStatus();
  const { data, text, ok = true, failure } = outcome;
  const printed = values.json ? data === undefined ? "" : toJson(data, 2) : text;
  if (printed !== "") terminal.print(printed);
  if (failure !== undefined) throw failure;
  return ok ? 0 : 1;
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const isOption = name.startsWith("-");
  const known = isOption ? ["--help", "--version"] : COMMANDS.map((candidate) => candidate.name);
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
  // Whoever read our output, such as head, has seen enough.
  if (error instanceof Deno.errors.BrokenPipe) return 0;
  const expected = error instanceof ConfigurationError || error instanceof OperationError;
  terminal.error(
    expected ? error.message : `${messageOf(error)} (a defect in ssdaq; --debug shows where)`,
  );
  if (debug && error instanceof Error) terminal.error(error.stack ?? "no stack");
  return error instanceof ConfigurationError ? 2 : 1;
}

// Not Deno.exit(): at a natural end ZeroMQ still delivers what a slow subscriber has not taken.
if (import.meta.main) Deno.exitCode = await main(Deno.args);
