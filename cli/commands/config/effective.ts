import { optionOf } from "../../options/option.ts";
import { kebab } from "../../options/split_arguments.ts";
import type { Section } from "../../config/section.ts";
import { type Setting, Settings, type Sources } from "../../config/settings.ts";
import { tomlText } from "../../config/toml_text.ts";

/** A key as it holds: what is written for it, or its default, and where that comes from. */
export interface EffectiveKey {
  /** As it is written in a file; undefined where nothing is written and there is no default. */
  toml: string | undefined;
  /** Text, several, whether a flag is on; null where nothing is written and there is no default. */
  value: string | readonly string[] | boolean | null;
  /** `default`, a variable, or `FILE:LINE`. */
  from: string;
}

/** A table as it holds. */
export interface EffectiveTable {
  section: Section;
  keys: Record<string, EffectiveKey>;
}

/** The configuration that holds for commands without options. */
export interface Effective {
  /** The file that was read. */
  file: string | undefined;
  tables: EffectiveTable[];
}

/**
 * What holds, of the environment, the file and the defaults.
 *
 * @param named the file that `--config` names
 * @throws {ConfigurationError} for a value that is none, wherever it is written
 */
export function effectiveConfiguration(sources: Sources, named?: string): Effective {
  const settings = new Settings(sources, named);
  const tables = sources.sections.flatMap((section) => {
    if (section.many) {
      return settings.tables(section).map((table) => tableOf(section, (name) => table.get(name)));
    }
    return [tableOf(section, (name) => settings.of(section, name))];
  });
  return { file: settings.file?.path, tables };
}

function tableOf(
  section: Section,
  settingOf: (name: string) => Setting | undefined,
): EffectiveTable {
  const keys = Object.keys(section.options).flatMap((name): [string, EffectiveKey][] => {
    const setting = settingOf(name);
    return setting === undefined ? [] : [[kebab(name), effectiveKey(section, name, setting)]];
  });
  return { section, keys: Object.fromEntries(keys) };
}

function effectiveKey({ options }: Section, name: string, setting: Setting): EffectiveKey {
  const option = optionOf(options, name);
  const { key, texts, from } = setting;
  option.read(key, texts);
  if (option.placeholder === undefined) {
    return { toml: String(texts.length > 0), value: texts.length > 0, from };
  }
  const written = texts.length > 0
    ? texts
    : [option.defaultText].filter((text) => text !== undefined);
  const last = written.at(-1);
  if (last === undefined) return { toml: undefined, value: option.many ? [] : null, from };
  return { toml: tomlText(option, written), value: option.many ? written : last, from };
}
