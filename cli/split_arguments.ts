import { ConfigurationError } from "../lib/errors.ts";
import type { Option, Options } from "./option.ts";
import { suggestion } from "./suggestion.ts";

/** Arguments, told apart but not yet read. */
export interface SplitArguments {
  /** What was written for each option that was given, by its name in camel case. */
  texts: Map<string, string[]>;
  /** What is no option, such as a file. */
  operands: string[];
}

/**
 * Tells options, their values and operands apart: `--rate 5`, `--rate=5`, `-l 5`, `-l5`, `-l=5`,
 * in any order; after `--` all is operands. What follows an option is its value even if it is a
 * negative number, so that the option can say what it takes instead.
 *
 * @throws {ConfigurationError} for an option that does not exist, with the nearest that does; for
 * one without its value; for a flag with one
 */
export function splitArguments(
  command: string,
  options: Options,
  args: readonly string[],
): SplitArguments {
  const texts = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      operands.push(...rest);
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      operands.push(arg);
      continue;
    }
    const { written, name, attached } = findOption(command, options, arg);
    texts.set(name, [...texts.get(name) ?? [], valueOf(options[name], written, attached, rest)]);
  }
  return { texts, operands };
}

/** A name in camel case as it is written on the command line. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

interface Found {
  /** The option as a user wrote it, without its value. */
  written: string;
  name: string;
  /** A value in the same argument. */
  attached?: string;
}

function findOption(command: string, options: Options, arg: string): Found {
  const pattern = arg.startsWith("--") ? /^(--[^=]+)(?:=(.*))?$/s : /^(-.)(?:=(.*)|(.+))?$/s;
  const [, written = arg, afterSign, adjoining] = pattern.exec(arg) ?? [];
  const attached = afterSign ?? adjoining;
  const name = Object.keys(options).find((name) =>
    written === `--${kebab(name)}` || written === `-${options[name].short}`
  );
  if (name === undefined) refuseUnknown(command, options, arg);
  return { written: `--${kebab(name)}`, name, attached };
}

/** What was written for an option; a flag has only to be there. */
function valueOf(
  { placeholder }: Option<unknown>,
  written: string,
  attached: string | undefined,
  rest: string[],
): string {
  if (placeholder === undefined) {
    if (attached === undefined) return "";
    throw new ConfigurationError(`${written}=${attached}: takes no value; give ${written} alone`);
  }
  const [next] = rest;
  const isValue = next !== undefined && (!/^-./.test(next) || /^-\.?\d/.test(next));
  const value = attached ?? (isValue ? rest.shift() : undefined);
  if (value === undefined || value === "") {
    throw new ConfigurationError(`${written}: needs a value; give ${written} ${placeholder}`);
  }
  return value;
}

function refuseUnknown(command: string, options: Options, arg: string): never {
  const option = arg.replace(/=.*/s, "");
  const nearest = suggestion(option, Object.keys(options).map((name) => `--${kebab(name)}`));
  throw new ConfigurationError(
    `${command} has no option ${option}; ` +
      (nearest === undefined ? "" : `did you mean ${nearest}? `) + `see ssdaq ${command} --help`,
  );
}
