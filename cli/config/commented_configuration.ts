import type { Option } from "../options/option.ts";
import { kebab } from "../options/split_arguments.ts";
import type { Section } from "./section.ts";
import { tomlText } from "./toml_text.ts";

const HEAD =
  `# Configuration of ssdaq, which looks for ./ssdaq.toml and /etc/ssdaq/ssdaq.toml, or takes
# --config FILE. Every key shows its default, or an example where there is none. Remove the # to set
# a key. Command lines and variables such as SSDAQ_DAEMON_LISTEN override this file.
#   ssdaq config check    finds errors
#   ssdaq config show     shows all values, and where each comes from
`;

/** Values of keys, by table; the names are in camel case. */
export type SetKeys = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * A configuration file that has every key, commented out, with its help and its default.
 *
 * @param set keys that are not commented out
 */
export function commentedConfiguration(sections: readonly Section[], set: SetKeys = {}): string {
  return [HEAD, ...sections.map((section) => tableText(section, set[section.name]))].join("\n");
}

function tableText({ name, summary, options, many }: Section, set: SetKeys[string] = {}): string {
  const keys = Object.entries(options).map(([key, option]) => keyText(key, option, set[key]));
  return `# ${summary}\n${many ? `#[[${name}]]` : `[${name}]`}\n${keys.join("")}`;
}

function keyText(name: string, option: Option<unknown>, set: string | undefined): string {
  const flag = option.placeholder === undefined;
  const texts = flag ? [] : [set ?? option.defaultText ?? exampleOf(option)];
  const mark = set === undefined ? "#" : "";
  return `# ${option.help}\n${mark}${kebab(name)} = ${tomlText(option, texts)}\n`;
}

/** An example value for an option without a default. */
function exampleOf({ form, placeholder = "" }: Option<unknown>): string {
  const { examples, enum: words, minimum } = form ?? {};
  return String(examples?.[0] ?? words?.[0] ?? minimum ?? placeholder);
}
