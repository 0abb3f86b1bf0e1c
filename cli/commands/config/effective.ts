import type { Section } from "../../config/section.ts";
import { type Setting, Settings, type Sources } from "../../config/settings.ts";
import { tomlText } from "../../config/toml_text.ts";
import { optionOf } from "../../options/option.ts";
import { kebab } from "../../options/split_arguments.ts";

/** The value of a key that is in effect: the written value or the default, and its source. */
export interface EffectiveKey {
  /** As in a TOML file; undefined without a written value and without a default. */
  toml: string | undefined;
  /** Text, several texts, or true for a flag; null without a written value and a default. */
  value: string | readonly string[] | boolean | null;
  /** `default`, a variable, or `FILE:LINE`. */
  from: string;
}

/** A table with the values that are in effect. */
export interface EffectiveTable {
  section: Section;
  keys: Record<string, EffectiveKey>;
}

/** The configuration that is in effect for commands without options. */
export interface Effective {
  /** The file that was read. */
  file: string | undefined;
  tables: EffectiveTable[];
}

/**
 * Merges the environment, the file and the defaults.
 *
 * @param named the file that `--config` names
 * @throws {ConfigurationError} for an invalid value, from any source
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
