import { parseArgs } from "@std/cli/parse-args";
import { ConfigurationError } from "../lib/errors.ts";
import type { Options } from "./option.ts";
import { suggestion } from "./suggestion.ts";

/** Arguments, told apart but not yet read. */
export interface SplitArguments {
  /** What was written for each option that was given, by its name in camel case. */
  texts: Map<string, string[]>;
  /** What is no option, such as a file. */
  operands: string[];
}

/**
 * Tells options, their values and operands apart: `--rate 5`, `--rate=5`, `-l 5`, `-l5`, in any
 * order; after `--` all is operands.
 *
 * @throws {ConfigurationError} for an option that does not exist, with the nearest that does; for
 * one without its value; for a flag with one
 */
export function splitArguments(
  command: string,
  options: Options,
  args: readonly string[],
): SplitArguments {
  const names = Object.keys(options);
  const valued = names.filter((name) => options[name].placeholder !== undefined);
  const flags = names.filter((name) => options[name].placeholder === undefined);
  refuseValues(flags, options, args);
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string: ["_", ...valued.map(kebab)],
    boolean: flags.map(kebab),
    collect: valued.map(kebab),
    alias: Object.fromEntries(
      names.filter((name) => options[name].short !== undefined)
        .map((name) => [kebab(name), options[name].short]),
    ),
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) refuseUnknown(command, options, arg);
    },
  });
  const texts = new Map<string, string[]>();
  for (const name of flags) if (parsed[kebab(name)] === true) texts.set(name, [""]);
  for (const name of valued) {
    const values = (parsed[kebab(name)] as unknown[]).map(String);
    if (values.includes("")) refuseEmpty(name, options);
    if (values.length > 0) texts.set(name, values);
  }
  return { texts, operands: (parsed._ as unknown[]).map(String) };
}

/** A name in camel case as it is written on the command line. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The parser would take any value of a flag for a yes. */
function refuseValues(flags: readonly string[], options: Options, args: readonly string[]): void {
  for (const arg of args.slice(0, args.includes("--") ? args.indexOf("--") : undefined)) {
    const [, written, value] = /^(--?[^=]+)=(.*)$/s.exec(arg) ?? [];
    const isFlag = flags.some((name) =>
      written === `--${kebab(name)}` || written === `-${options[name].short}`
    );
    if (isFlag) {
      throw new ConfigurationError(`${written}=${value}: takes no value; give ${written} alone`);
    }
  }
}

function refuseUnknown(command: string, options: Options, arg: string): never {
  const option = arg.replace(/=.*/s, "");
  const names = Object.keys(options);
  const name = names.find((candidate) => option === `--${kebab(candidate)}`);
  if (name !== undefined) refuseEmpty(name, options);
  if (/^-[\d.]/.test(arg)) {
    throw new ConfigurationError(
      `${command}: ${arg} is no option, and a value cannot begin with a minus sign`,
    );
  }
  const nearest = suggestion(option, names.map((candidate) => `--${kebab(candidate)}`));
  throw new ConfigurationError(
    `${command} has no option ${option}; ` +
      (nearest === undefined ? "" : `did you mean ${nearest}? `) + `see ssdaq ${command} --help`,
  );
}

function refuseEmpty(name: string, options: Options): never {
  const written = `--${kebab(name)}`;
  throw new ConfigurationError(
    `${written}: needs a value; give ${written} ${options[name].placeholder}`,
  );
}
