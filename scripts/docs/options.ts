import type { Command } from "../../cli/command.ts";
import { COMMANDS } from "../../cli/commands/commands.ts";
import { variableOf } from "../../cli/config/environment.ts";
import { LOG_SECTION, type Section, sectionsOf } from "../../cli/config/section.ts";
import { CONFIG_VARIABLE } from "../../cli/config/settings.ts";
import { GLOBAL_OPTIONS } from "../../cli/options/global_options.ts";
import type { Option, Options } from "../../cli/options/option.ts";
import { kebab } from "../../cli/options/split_arguments.ts";
import { markdownTable } from "./markdown_table.ts";

const HEAD = ["option", "TOML key", "environment variable", "default", "may be", "what it does"];

const NONE = "-";

/** The other places where an option can be set. */
interface Place {
  /** Its key in the configuration file. */
  key: string;
  variable: string;
}

/** Every option of every command: one table for each command. */
export function optionsPart(): string {
  const sections = sectionsOf(COMMANDS);
  return [
    "### Options of every command",
    optionsTable(GLOBAL_OPTIONS, globalPlace),
    ...COMMANDS.flatMap((command) => [...commandPart(command, sections), ...recorderPart(command)]),
  ].join("\n\n");
}

function commandPart(
  { name, summary, options, readsConfiguration = true }: Command,
  sections: readonly Section[],
): string[] {
  const hasTable = sections.some((section) => section.name === name);
  const place = (option: string, { of }: Option<unknown>): Place | undefined => {
    if (!readsConfiguration) return undefined;
    if (of !== undefined) return placeIn(of, option, `of \`[${of}]\``);
    const own = placeIn(name, option);
    return hasTable ? own : { ...own, key: NONE };
  };
  return [
    `### ${name}`,
    `\`ssdaq ${name}\`: ${summary}. ` +
    (hasTable ? `Its table is \`[${name}]\`.` : "It has no table of its own."),
    Object.keys(options).length === 0 ? "It has no options." : optionsTable(options, place),
  ];
}

/** A table that may occur several times follows the command that it resembles. */
function recorderPart({ name }: Command): string[] {
  if (name !== "record") return [];
  const section = sectionsOf(COMMANDS).find(({ many }) => many);
  if (section === undefined) return [];
  const own = Object.entries(section.options).filter(([key]) => !(key in recordKeys()));
  return [
    `### ${section.name}`,
    `\`[[${section.name}]]\`: ${section.summary}. It has every key of \`[record]\`, and the keys below. ` +
    "These have no environment variables.",
    markdownTable([
      ["TOML key", "default", "may be", "what it is"],
      ...own.map(([key, option]) => [
        `\`${kebab(key)}\``,
        "`recorder N`, the Nth one",
        takesText(option),
        helpOf(option),
      ]),
    ]),
  ];
}

function recordKeys(): Options {
  return COMMANDS.find(({ name }) => name === "record")?.options ?? {};
}

function optionsTable(
  options: Options,
  placeOf: (name: string, option: Option<unknown>) => Place | undefined,
): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const place = placeOf(name, option);
    return [
      writtenOf(name, option),
      place?.key ?? NONE,
      place === undefined ? NONE : `\`${place.variable}\``,
      defaultOf(option),
      takesText(option),
      helpOf(option),
    ];
  });
  return markdownTable([HEAD, ...rows]);
}

function writtenOf(name: string, { short, placeholder }: Option<unknown>): string {
  const long = `\`--${kebab(name)}${placeholder === undefined ? "" : ` ${placeholder}`}\``;
  return short === undefined ? long : `\`-${short}\`, ${long}`;
}

function placeIn(table: string, option: string, where = ""): Place {
  return { key: `\`${kebab(option)}\` ${where}`.trim(), variable: variableOf(table, option) };
}

function globalPlace(name: string): Place | undefined {
  if (name === "config") return { key: NONE, variable: CONFIG_VARIABLE };
  const [, key = ""] = /^log([A-Z]\w*)$/.exec(name) ?? [];
  const logKey = key.toLowerCase();
  return logKey in LOG_SECTION.options
    ? placeIn(LOG_SECTION.name, logKey, `of \`[${LOG_SECTION.name}]\``)
    : undefined;
}

/** The default; an option without one describes it at the end of its help. */
function defaultOf({ help, defaultText, placeholder }: Option<unknown>): string {
  if (placeholder === undefined) return "off";
  if (defaultText !== undefined) return `\`${defaultText}\``;
  const [, text] = /\[(.*)\]$/.exec(help) ?? [];
  return text ?? NONE;
}

function helpOf({ help }: Option<unknown>): string {
  return help.replace(/ \[.*\]$/, "");
}

function takesText(
  { takes = "on or off", many, pairs, placeholder = "" }: Option<unknown>,
): string {
  const one = takes === "text" && /FILE|DIR/.test(placeholder) ? "path" : takes;
  return one + (pairs ? "; several, in a file also as a table" : many ? "; several" : "");
}
