import { ConfigurationError } from "../../lib/errors.ts";
import { optionOf, type Options } from "../options/option.ts";
import { kebab } from "../options/split_arguments.ts";
import { suggestion } from "../options/suggestion.ts";
import type { Section } from "./section.ts";

/** Environment variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable for a key, such as `SSDAQ_DAEMON_LISTEN`. */
export function variableOf(section: string, name: string): string {
  return `SSDAQ_${section}_${kebab(name)}`.toUpperCase().replaceAll("-", "_");
}

/**
 * Refuses a variable whose name is a mistyped key: the user who sets it relies on it.
 *
 * @throws {ConfigurationError} with the nearest existing variable
 */
export function refuseMistyped(environment: Environment, sections: readonly Section[]): void {
  const known = sections.filter(({ many }) => !many).flatMap(({ name, options }) =>
    Object.keys(options).map((key) => variableOf(name, key))
  );
  const tables = sections.map(({ name }) => `SSDAQ_${name.toUpperCase()}_`);
  for (const variable of Object.keys(environment)) {
    if (!tables.some((table) => variable.startsWith(table)) || known.includes(variable)) continue;
    const nearest = suggestion(variable, known);
    throw new ConfigurationError(
      `${variable} is not a key of the configuration` +
        (nearest === undefined ? "; ssdaq config show lists them" : `; did you mean ${nearest}?`),
    );
  }
}

/**
 * The text in the environment for a key; undefined without any. Several values are separated by
 * spaces.
 *
 * @throws {ConfigurationError} for a flag that is neither true nor false
 */
export function textsInEnvironment(
  environment: Environment,
  section: string,
  options: Options,
  name: string,
): string[] | undefined {
  const variable = variableOf(section, name);
  const written = environment[variable];
  if (written === undefined || written === "") return undefined;
  const { placeholder, many } = optionOf(options, name);
  if (placeholder !== undefined) return many ? written.split(/\s+/).filter(Boolean) : [written];
  if (/^(1|true|yes|on)$/i.test(written)) return [""];
  if (/^(0|false|no|off)$/i.test(written)) return [];
  throw new ConfigurationError(`${variable} ${written}: give true or false`);
}
