import { ConfigurationError } from "../../lib/errors.ts";
import { type Option, optionOf, type Options } from "./option.ts";
import { suggestion } from "./suggestion.ts";

/** Arguments, separated but not yet read. */
export interface SplitArguments {
  /** The texts of each given option, by its name in camel case. */
  texts: Map<string, string[]>;
  /** Arguments that are not options, such as files. */
  operands: string[];
}

/**
 * Separates options, values and operands: `--rate 5`, `--rate=5`, `-l 5`, `-l=5`, `-l5`, and letters
 * together, `-fl5`, in any order; after `--` all arguments are operands. A value in its own argument
 * does not begin with a minus sign; only `-` alone is a value.
 *
 * @throws {ConfigurationError} for an unknown option, with the nearest known one; for an option
 * without its value; for a flag with one
 */
export function splitArguments(
  command: string,
  options: Options,
  args: readonly string[],
): SplitArguments {
  const texts = new Map<string, string[]>();
  const operands: string[] = [];
  const entries = Object.entries(options);
  const longNames = new Map(entries.map(([name]) => [kebab(name), name]));
  const letters = new Map(entries.map(([name, { short }]) => [short, name]));
  const words = [...args];

  /** A flag has no value; any other option has one, after `=` or in the next argument. */
  const take = (name: string, written: string, beside: string | undefined) => {
    if (isFlag(optionOf(options, name))) {
      if (beside !== undefined) refuseValue(written, beside);
      texts.set(name, [""]);
      return;
    }
    const [next = "--"] = words;
    if (beside === undefined && isNegative(next)) refuseUnknown(command, options, next);
    const value = beside === undefined && isValue(next) ? words.shift() : beside;
    if (value === undefined || value === "") refuseEmpty(name, options);
    texts.set(name, [...texts.get(name) ?? [], value]);
  };

  /** Flags; the last letter may be an option with its value. */
  const takeLetters = (word: string) => {
    for (let at = 1; at < word.length; at++) {
      const name = letters.get(word[at]);
      if (name === undefined) refuseUnknown(command, options, word);
      const beside = word.slice(at + 1);
      const hasValue = isFlag(optionOf(options, name)) ? beside.startsWith("=") : beside !== "";
      take(name, `-${word[at]}`, hasValue ? beside.replace(/^=/, "") : undefined);
      if (hasValue) return;
    }
  };

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") operands.push(...words.splice(0));
    else if (isValue(word)) operands.push(word);
    else if (word.startsWith("--")) {
      const [, written = "", beside] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const name = longNames.get(written);
      if (name === undefined) refuseUnknown(command, options, word);
      take(name, `--${written}`, beside);
    } else takeLetters(word);
  }
  return { texts, operands };
}

/** A name in camel case as it is on the command line. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function isFlag({ placeholder }: Option<unknown>): boolean {
  return placeholder === undefined;
}

/** Whether an argument is not an option; `-` alone is none. */
function isValue(word: string): boolean {
  return word === "-" || !word.startsWith("-");
}

function isNegative(word: string): boolean {
  return /^-[\d.]/.test(word);
}

function refuseValue(written: string, value: string): never {
  throw new ConfigurationError(`${written}=${value}: takes no value; give ${written} alone`);
}

function refuseUnknown(command: string, options: Options, arg: string): never {
  const option = arg.replace(/=.*/s, "");
  const names = Object.keys(options);
  if (isNegative(arg)) {
    throw new ConfigurationError(
      `${command}: ${arg} is not an option, and a value cannot begin with a minus sign`,
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
    `${written}: needs a value; give ${written} ${optionOf(options, name).placeholder}`,
  );
}
