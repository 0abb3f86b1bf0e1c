import type { z } from "zod";
import { ConfigurationError } from "../../lib/errors.ts";
import { kebab } from "../options/split_arguments.ts";
import { suggestion } from "../options/suggestion.ts";
import { documentSchema } from "./document.ts";
import type { Section } from "./section.ts";
import type { Path, TomlFile } from "./toml_file.ts";

type Issue = z.core.$ZodIssue;

/**
 * Refuses a file with an unknown table or key, or an invalid value.
 *
 * @throws {ConfigurationError} one line for each problem, with file, line, column and the fix
 */
export function refuseProblems(file: TomlFile, sections: readonly Section[]): void {
  const { error } = documentSchema(sections).safeParse(file.values);
  const problems =
    error?.issues.flatMap((issue) => problemTexts(file, sections, innermost(issue))) ?? [];
  if (problems.length > 0) {
    throw new ConfigurationError(problems.sort((a, b) => lineOf(a) - lineOf(b)).join("\n"));
  }
}

function problemTexts(file: TomlFile, sections: readonly Section[], issue: Issue): string[] {
  const path: Path = issue.path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknown(file, sections, [...path, key]));
  }
  const [table] = path;
  if (path.length === 1) {
    const many = sections.find(({ name }) => name === table)?.many;
    const fix = many ? `[[${String(table)}]], once for each` : `[${String(table)}]`;
    return [`${file.placeOfKey(path)}: ${String(table)} is a table; write ${fix}`];
  }
  const value = valueAt(file.values, path);
  const key = path.filter((part) => typeof part !== "number").slice(1).join(".");
  return [`${file.placeOf(path)}: ${key} ${written(value)}: ${messageOf(issue)}`];
}

/** The problem itself, where a value has several valid forms. */
function innermost(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().map(innermost);
  const [deepest] = inner.sort((a, b) => rank(b) - rank(a));
  return deepest === undefined ? issue : { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** The form that was meant has the highest rank: it failed deepest, or with our own message. */
function rank({ code, path }: Issue): number {
  return 2 * path.length + (code === "custom" ? 1 : 0);
}

function messageOf({ code, message, ...rest }: Issue): string {
  if (code === "too_small") return "give at least one, or leave the key out";
  if (code !== "invalid_type") return message;
  return "expected" in rest && rest.expected === "boolean"
    ? "give true or false, without quotes"
    : "give a text or a number";
}

function unknown(file: TomlFile, sections: readonly Section[], path: Path): string {
  const [table] = path;
  const name = String(path[path.length - 1]);
  const place = file.placeOfKey(path);
  if (path.length > 1) {
    const section = sections.find(({ name }) => name === table);
    const keys = Object.keys(section?.options ?? {}).map(kebab);
    return `${place}: there is no key ${name} in [${String(table)}]${instead(name, keys)}`;
  }
  const isTable = typeof file.values[name] === "object";
  const owners = sections.filter(({ options }) => Object.keys(options).map(kebab).includes(name));
  if (!isTable && owners.length > 0) {
    const tables = owners.map(({ name }) => `[${name}]`).join(" or ");
    return `${place}: ${name} stands alone; put it below its table: ${tables}`;
  }
  return `${place}: there is no table [${name}]${instead(name, sections.map(({ name }) => name))}`;
}

function instead(word: string, known: readonly string[]): string {
  const nearest = suggestion(word, known);
  return nearest === undefined ? `; there is ${known.join(", ")}` : `; did you mean ${nearest}?`;
}

function valueAt(values: unknown, path: Path): unknown {
  let value = values;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  return value;
}

function written(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function lineOf(problem: string): number {
  return Number(/:(\d+):\d+: /.exec(problem)?.[1]);
}
