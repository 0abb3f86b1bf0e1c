import { parse } from "@std/toml/parse";
import { ConfigurationError, messageOf } from "../lib/errors.ts";
import { kebab } from "./split_arguments.ts";
import { suggestion } from "./suggestion.ts";

/**
 * Reads a command's options from a TOML file, which has a table for each command:
 *
 * ```toml
 * [daemon]
 * listen = "0.0.0.0:2009"
 * publish = ["5555", "tcp://*:9004"]
 * ```
 *
 * @param path of the file
 * @param command whose table is read
 * @param commands all that may have one
 * @param names of the command's options, in camel case
 * @returns what is written for each option, as on a command line
 * @throws {ConfigurationError} for a file that cannot be read, and a table or key that does not exist
 */
export function readConfigFile(
  path: string,
  command: string,
  commands: readonly string[],
  names: readonly string[],
): Map<string, string[]> {
  const tables = parseFile(path);
  for (const table of Object.keys(tables)) {
    if (!commands.includes(table)) refuse(path, `table [${table}]`, table, commands);
  }
  const known = new Map(names.map((name) => [kebab(name), name]));
  const written = new Map<string, string[]>();
  for (const [key, value] of Object.entries(tables[command] ?? {})) {
    const name = known.get(key);
    if (name === undefined) refuse(path, `key ${key} in [${command}]`, key, [...known.keys()]);
    written.set(name, textsOf(`${path}: ${key} in [${command}]`, value));
  }
  return written;
}

function parseFile(path: string): Record<string, object> {
  let parsed: Record<string, unknown>;
  try {
    parsed = parse(Deno.readTextFileSync(path));
  } catch (error) {
    throw new ConfigurationError(`--config ${path}: ${messageOf(error)}`);
  }
  for (const [table, value] of Object.entries(parsed)) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new ConfigurationError(
        `--config ${path}: ${table} stands alone; put it below its command, such as [daemon]`,
      );
    }
  }
  return parsed as Record<string, object>;
}

function refuse(path: string, what: string, word: string, known: readonly string[]): never {
  const nearest = suggestion(word, known);
  throw new ConfigurationError(
    `--config ${path}: there is no ${what}` +
      (nearest === undefined ? `; there is ${known.join(", ")}` : `; did you mean ${nearest}?`),
  );
}

/** A flag is there when it is true; a list is an option given several times. */
function textsOf(where: string, value: unknown): string[] {
  if (value === true) return [""];
  if (value === false) return [];
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item === "string" || typeof item === "number") return String(item);
    throw new ConfigurationError(`--config ${where}: give a text, a number, true or false`);
  });
}
