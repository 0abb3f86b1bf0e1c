import type { Option } from "../option.ts";
import { kebab } from "../split_arguments.ts";
import type { Section } from "./section.ts";
import { tomlText } from "./toml_text.ts";

const HEAD =
  `# Configuration of ssdaq, which looks for ./ssdaq.toml and /etc/ssdaq/ssdaq.toml, or takes
# --config FILE. Every key has its default, or an example where there is none; take the # away to
# set it. Command lines and variables such as SSDAQ_DAEMON_LISTEN stand above this file.
#   ssdaq config check    is all of it right?
#   ssdaq config show     what holds, and where does it come from?
`;

/** A configuration file with every key, commented out, with what it does and its default. */
export function commentedConfiguration(sections: readonly Section[]): string {
  return [HEAD, ...sections.map(tableText)].join("\n");
}

function tableText({ name, summary, options, many }: Section): string {
  const keys = Object.entries(options).map(([key, option]) => keyText(key, option));
  return `# ${summary}\n${many ? `#[[${name}]]` : `[${name}]`}\n${keys.join("")}`;
}

function keyText(name: string, option: Option<unknown>): string {
  const flag = option.placeholder === undefined;
  const texts = flag ? [] : [option.defaultText ?? exampleOf(option)];
  return `# ${option.help}\n#${kebab(name)} = ${tomlText(option, texts)}\n`;
}

/** Something that may be written for an option without a default. */
function exampleOf({ form, placeholder = "" }: Option<unknown>): string {
  const { examples, enum: words, minimum } = form ?? {};
  return String(examples?.[0] ?? words?.[0] ?? minimum ?? placeholder);
}
