import { type Parsed, parseOptions } from "../cli/config/parse_options.ts";
import { examplesHelp, optionsHelp } from "../cli/help.ts";
import { GLOBAL_OPTIONS } from "../cli/options/global_options.ts";
import type { Options } from "../cli/options/option.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { ConfigurationError } from "../lib/errors.ts";

/** A task of `deno.json` that takes options. */
interface Task<O extends Options> {
  name: string;
  /** What it does, in full sentences. */
  summary: string;
  options: O;
  /** Files that it takes, at most. @default 0 */
  maxOperands?: number;
  /** Whether `--json` changes what it prints. @default false */
  printsJson?: boolean;
  /** What is written after `deno task NAME`, and what that does. */
  examples: readonly (readonly [args: string, what: string])[];
}

/**
 * Reads the options of a task. With `--help` it prints the help, and ends the process: a task may
 * take hours, and must not begin then.
 *
 * @throws {ConfigurationError} as {@linkcode parseOptions}
 */
export function taskOptions<O extends Options>(task: Task<O>): Parsed<O> {
  const { name, options, maxOperands = 0 } = task;
  const end = Deno.args.indexOf("--");
  const written = end < 0 ? Deno.args : Deno.args.slice(0, end);
  if (written.includes("--help") || written.includes("-h")) {
    new Terminal().print(taskHelp(task));
    Deno.exit(0);
  }
  try {
    return parseOptions(name, options, maxOperands, Deno.args);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const message = error.message.replace(`ssdaq ${name} --help`, `deno task ${name} --help`);
    throw new ConfigurationError(message, { cause: error });
  }
}

function taskHelp<O extends Options>(task: Task<O>): string {
  const { name, summary, options, maxOperands = 0, printsJson = false, examples } = task;
  const { json, help } = GLOBAL_OPTIONS;
  return [
    `deno task ${name} [options]${maxOperands > 0 ? " [FILE...]" : ""}`,
    "",
    summary,
    "",
    ...optionsHelp("Options", { ...options, ...(printsJson ? { json } : {}), help }),
    ...examplesHelp(examples.map(([args, what]) => [`deno task ${name} ${args}`.trimEnd(), what])),
  ].join("\n");
}
