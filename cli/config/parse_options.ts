import { ConfigurationError } from "../../lib/errors.ts";
import { GLOBAL_OPTIONS } from "../options/global_options.ts";
import type { Option, Options, Values } from "../options/option.ts";
import { kebab, splitArguments } from "../options/split_arguments.ts";
import { LOG_SECTION, type Section } from "./section.ts";
import { type Setting, Settings } from "./settings.ts";

/** The options and operands of a command. */
export interface Parsed<O extends Options> {
  values: Values<O & typeof GLOBAL_OPTIONS>;
  /** Arguments that are not options, such as files. */
  operands: string[];
}

/**
 * Reads a command's arguments, then the environment and the configuration file.
 *
 * @param settingsOf the settings of environment and file, given the file of `--config`
 * @throws {ConfigurationError} for an unknown option, with the nearest known one; for an option
 * without its value; for an invalid value; for too many operands
 */
export function parseOptions<O extends Options>(
  command: string,
  options: O,
  maxOperands: number,
  args: readonly string[],
  settingsOf?: (named: string | undefined) => Settings,
): Parsed<O> {
  const all: Options = { ...options, ...GLOBAL_OPTIONS };
  const section: Section = { name: command, summary: command, options };
  const { texts, operands } = splitArguments(command, all, args);
  if (operands.length > maxOperands) {
    throw new ConfigurationError(
      `${command}: unexpected argument ${operands[maxOperands]}; see ssdaq ${command} --help`,
    );
  }
  const named = GLOBAL_OPTIONS.config.read("--config", texts.get("config") ?? []);
  const below = settingsOf?.(named) ??
    new Settings({ sections: [LOG_SECTION, section], environment: {}, usualPaths: [] }, named);
  const read = (name: string, option: Option<unknown>) => {
    const flag = `--${kebab(name)}`;
    const given = texts.get(name);
    const { key, texts: written } = given !== undefined
      ? { key: flag, texts: given }
      : settingBelow(below, section, name, flag);
    return option.read(key, written);
  };
  const values = Object.fromEntries(
    Object.entries(all).map(([name, option]) => [name, read(name, option)]),
  );
  return { values: values as Parsed<O>["values"], operands };
}

/** The value from the environment or a file, or the default. */
function settingBelow(below: Settings, section: Section, name: string, flag: string): Setting {
  const option = section.options[name];
  if (option !== undefined) {
    return below.of({ ...section, name: option.of ?? section.name }, name);
  }
  const [, key = ""] = /^log([A-Z]\w*)$/.exec(name) ?? [];
  const logName = key.toLowerCase();
  if (logName in LOG_SECTION.options) return below.of(LOG_SECTION, logName);
  return { texts: [], key: flag, from: "default" };
}
