import { ConfigurationError } from "../lib/errors.ts";
import { readConfigFile } from "./config_file.ts";
import { GLOBAL_OPTIONS } from "./global_options.ts";
import type { Options, Values } from "./option.ts";
import { kebab, splitArguments } from "./split_arguments.ts";

/** What was written after a command's name. */
export interface Parsed<O extends Options> {
  values: Values<O & typeof GLOBAL_OPTIONS>;
  /** What is no option, such as a file. */
  operands: string[];
}

/**
 * Reads a command's arguments, and below them the file that `--config` names.
 *
 * @param commands all that may have a table in that file
 * @throws {ConfigurationError} for an option that does not exist, with the nearest that does; for
 * one without its value; for a value that is none; for too many operands
 */
export function parseOptions<O extends Options>(
  command: string,
  options: O,
  maxOperands: number,
  args: readonly string[],
  commands: readonly string[] = [command],
): Parsed<O> {
  const all: Options = { ...options, ...GLOBAL_OPTIONS };
  const { texts, operands } = splitArguments(command, all, args);
  if (operands.length > maxOperands) {
    throw new ConfigurationError(
      `${command}: ${operands[maxOperands]} is one argument too many; see ssdaq ${command} --help`,
    );
  }
  const path = GLOBAL_OPTIONS.config.read("--config", texts.get("config") ?? []);
  const configured = path === undefined
    ? new Map<string, string[]>()
    : readConfigFile(path, command, commands, Object.keys(options));
  const read = (name: string) => {
    const written = texts.get(name);
    const below = configured.get(name);
    return written === undefined && below !== undefined
      ? all[name].read(`${path}: ${kebab(name)}`, below)
      : all[name].read(`--${kebab(name)}`, written ?? []);
  };
  const values = Object.fromEntries(Object.keys(all).map((name) => [name, read(name)]));
  return { values: values as Parsed<O>["values"], operands };
}
