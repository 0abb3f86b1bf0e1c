import { ConfigurationError } from "../../lib/errors.ts";
import { type Option, optionOf } from "../options/option.ts";
import { kebab } from "../options/split_arguments.ts";
import { type Environment, refuseMistyped, textsInEnvironment, variableOf } from "./environment.ts";
import { refuseProblems } from "./problems.ts";
import type { Section } from "./section.ts";
import { TomlFile } from "./toml_file.ts";

/** The paths of the configuration; the first existing one is read. */
export const USUAL_PATHS: readonly string[] = ["ssdaq.toml", "/etc/ssdaq/ssdaq.toml"];

/** The variable that names the configuration. */
export const CONFIG_VARIABLE = "SSDAQ_CONFIG";

/** The places that settings come from. */
export interface Sources {
  /** All tables. */
  sections: readonly Section[];
  environment: Environment;
  /** Paths that are tried when no file is named; the first existing one is read. */
  usualPaths: readonly string[];
}

/** The table with this name. */
export function sectionOf({ sections }: Sources, table: string): Section {
  const section = sections.find(({ name }) => name === table);
  if (section === undefined) throw new Error(`there is no section ${table}`);
  return section;
}

/** The text for a key, and where it is written. */
export interface Setting {
  /** The values as text; empty for a flag that is off. */
  texts: readonly string[];
  /** Its name in errors, such as `--window` or `ssdaq.toml:3:10: window`. */
  key: string;
  /** Where it comes from: `--window`, `SSDAQ_DAEMON_WINDOW`, `ssdaq.toml:3` or `default`. */
  from: string;
}

/** The settings of file and environment. Flags override them; they override defaults. */
export class Settings {
  /** The file that was read; undefined without one. */
  readonly file: TomlFile | undefined;
  readonly #environment: Environment;

  /**
   * @param named the file that `--config` names; `off` for none
   * @throws {ConfigurationError} for a file that cannot be read, and for an unknown table, key or
   * variable
   */
  constructor({ sections, environment, usualPaths }: Sources, named?: string) {
    refuseMistyped(environment, sections);
    this.#environment = environment;
    this.file = openFile(named ?? (environment[CONFIG_VARIABLE] || undefined), usualPaths);
    if (this.file !== undefined) refuseProblems(this.file, sections);
  }

  /** Only defaults, whichever file is named. */
  static none(): Settings {
    return new Settings({ sections: [], environment: {}, usualPaths: [] }, "off");
  }

  /** The setting of a key of a table. */
  of({ name: table, options }: Section, name: string): Setting {
    const texts = textsInEnvironment(this.#environment, table, options, name);
    if (texts !== undefined) {
      const variable = variableOf(table, name);
      return { texts, key: variable, from: variable };
    }
    return this.#inFile(table, name, optionOf(options, name)) ??
      { texts: [], key: kebab(name), from: "default" };
  }

  /** The settings of each table of this name; the keys are in camel case. */
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

/** As on a command line: a flag that is on is present, a list is an option given several times. */
function textsOf(value: unknown, { placeholder }: Option<unknown>): string[] {
  if (placeholder === undefined) return value === true ? [""] : [];
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([key, written]) => `${key}=${written}`);
  }
  return [String(value)];
}
