import { parseArgs } from "@std/cli/parse-args";
import { ConfigurationError } from "../lib/errors.ts";
import { GLOBAL_OPTIONS } from "./global_options.ts";
import type { Options, Values } from "./option.ts";
import { suggestion } from "./suggestion.ts";

/** What was written after a command's name. */
export interface Parsed<O extends Options> {
  values: Values<O & typeof GLOBAL_OPTIONS>;
  /** What is no option, such as a file. */
  operands: string[];
}

/**
 * Reads a command's arguments.
 *
 * @throws {ConfigurationError} for an option that does not exist, with the nearest that does; for
 * one without its value; for a value that is none; for too many operands
 */
export function parseOptions<O extends Options>(
  command: string,
  options: O,
  maxOperands: number,
  args: readonly string[],
): Parsed<O> {
  const all: Options = { ...options, ...GLOBAL_OPTIONS };
  const names = Object.keys(all);
  const withValue = names.filter((name) => all[name].placeholder !== undefined);
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string: ["_", ...withValue.map(kebab)],
    boolean: names.filter((name) => all[name].placeholder === undefined).map(kebab),
    collect: withValue.map(kebab),
    alias: Object.fromEntries(
      names.flatMap((name) => {
        const { short } = all[name];
        return short === undefined ? [] : [[kebab(name), short]];
      }),
    ),
    unknown: (written: string, key?: string) => {
      if (key !== undefined) refuseUnknown(command, written, names);
    },
  });
  const operands = (parsed._ as unknown[]).map(String);
  if (operands.length > maxOperands) {
    throw new ConfigurationError(
      `${command}: ${operands[maxOperands]} is one argument too many; see ssdaq ${command} --help`,
    );
  }
  const read = (name: string) => all[name].read(`--${kebab(name)}`, texts(parsed, name));
  const values = Object.fromEntries(names.map((name) => [name, read(name)]));
  return { values: values as Parsed<O>["values"], operands };
}

/** A name in camel case as it is written on the command line. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function texts(parsed: Record<string, unknown>, name: string): string[] {
  const value = parsed[kebab(name)];
  if (value === undefined || value === false) return [];
  const written = (Array.isArray(value) ? value : [value]).map(String);
  if (written.includes("")) throw new ConfigurationError(`--${kebab(name)}: needs a value`);
  return written;
}

function refuseUnknown(command: string, written: string, names: readonly string[]): never {
  const option = written.replace(/=.*/s, "");
  const nearest = suggestion(option, names.map((name) => `--${kebab(name)}`));
  throw new ConfigurationError(
    `${command} has no option ${option}` +
      (nearest === undefined ? "" : `; did you mean ${nearest}?`) +
      ` See ssdaq ${command} --help`,
  );
}
