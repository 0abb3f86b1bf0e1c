import { ConfigurationError } from "../../lib/errors.ts";
import { type Option, optionOf } from "../options/option.ts";
import { kebab } from "../options/split_arguments.ts";
import { type Environment, refuseMistyped, textsInEnvironment, variableOf } from "./environment.ts";
import { refuseProblems } from "./problems.ts";
import type { Section } from "./section.ts";
import { TomlFile } from "./toml_file.ts";

/** Where a configuration is looked for, the first that there is. */
export const USUAL_PATHS: readonly string[] = ["ssdaq.toml", "/etc/ssdaq/ssdaq.toml"];

/** The variable that names the configuration. */
export const CONFIG_VARIABLE = "SSDAQ_CONFIG";

/** Where settings may come from. */
export interface Sources {
  /** The tables there are. */
  sections: readonly Section[];
  environment: Environment;
  /** Files that are read when none is named, the first that there is. */
  usualPaths: readonly string[];
}

/** The table of a name. */
export function sectionOf({ sections }: Sources, table: string): Section {
  const section = sections.find(({ name }) => name === table);
  if (section === undefined) throw new Error(`there is no section ${table}`);
  return section;
}

/** What is written for a key, and where. */
export interface Setting {
  /** The values as text; none for a flag that is off. */
  texts: readonly string[];
  /** How errors call it, such as `--window` or `ssdaq.toml:3:10: window`. */
  key: string;
  /** Where it comes from: `--window`, `SSDAQ_DAEMON_WINDOW`, `ssdaq.toml:3` or `default`. */
  from: string;
}

/** What files and the environment say; flags stand above both, and defaults below. */
export class Settings {
  /** The file that was read; undefined without one. */
  readonly file: TomlFile | undefined;
  readonly #environment: Environment;

  /**
   * @param named the file that `--config` names; `off` for none
   * @throws {ConfigurationError} for a file that cannot be read, and for what it or the environment
   * has that does not exist
   */
  constructor({ sections, environment, usualPaths }: Sources, named?: string) {
    refuseMistyped(environment, sections);
    this.#environment = environment;
    this.file = openFile(named ?? (environment[CONFIG_VARIABLE] || undefined), usualPaths);
    if (this.file !== undefined) refuseProblems(this.file, sections);
  }

  /** Nothing but defaults, whatever file is named. */
  static none(): Settings {
    return new Settings({ sections: [], environment: {}, usualPaths: [] }, "off");
  }

  /** What is written for a key of a table. */
  of({ name: table, options }: Section, name: string): Setting {
    const texts = textsInEnvironment(this.#environment, table, options, name);
    if (texts !== undefined) {
      const variable = variableOf(table, name);
      return { texts, key: variable, from: variable };
    }
    return this.#inFile(table, name, optionOf(options, name)) ??
      { texts: [], key: kebab(name), from: "default" };
  }

  /** What a table that there may be several of has for its keys, each in camel case. */
  tables({ name: table, options }: Section): Map<string, Setting>[] {
    const tables = (this.file?.values[table] ?? []) as Record<string, unknown>[];
    return tables.map((values, index) => {
      const given = Object.entries(options).filter(([name]) => values[kebab(name)] !== undefined);
      return new Map(given.map(([name, option]) => [
        name,
        this.#settingOf([table, index, kebab(name)], values[kebab(name)], option),
      ]));
    });
  }

  #inFile(table: string, name: string, option: Option<unknown>): Setting | undefined {
    const values = this.file?.values[table] as Record<string, unknown> | undefined;
    const value = values?.[kebab(name)];
    if (value === undefined) return undefined;
    return this.#settingOf([table, kebab(name)], value, option);
  }

  #settingOf(path: readonly PropertyKey[], value: unknown, option: Option<unknown>): Setting {
    const place = this.file?.placeOf(path) ?? "";
    const key = String(path[path.length - 1]);
    return {
      texts: textsOf(value, option),
      key: `${place}: ${key}`,
      from: place.replace(/:\d+$/, ""),
    };
  }
}

function openFile(named: string | undefined, usualPaths: readonly string[]): TomlFile | undefined {
  if (named === "off") return undefined;
  if (named !== undefined) return TomlFile.read(named);
  const path = usualPaths.find(exists);
  return path === undefined ? undefined : TomlFile.read(path);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw new ConfigurationError(`configuration ${path}: ${(error as Error).message}`);
  }
}

/** As on a command line: a flag that is on is there, a list is an option given several times. */
function textsOf(value: unknown, { placeholder }: Option<unknown>): string[] {
  if (placeholder === undefined) return value === true ? [""] : [];
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([key, written]) => `${key}=${written}`);
  }
  return [String(value)];
}
