import type { Command } from "./command.ts";
import { GLOBAL_OPTIONS } from "./options/global_options.ts";
import type { Option, Options } from "./options/option.ts";
import { kebab } from "./options/split_arguments.ts";

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { usage, summary, options, examples, notes } = command;
  return [
    `ssdaq ${usage}`,
    "",
    capitalize(summary) + ".",
    "",
    ...optionsHelp("Options", options),
    ...optionsHelp("Always", GLOBAL_OPTIONS),
    ...(notes === undefined ? [] : [notes, ""]),
    ...examplesHelp(examples),
  ].join("\n");
}

/** The lines of a help that list options, under a title. */
export function optionsHelp(title: string, options: Options): string[] {
  return section(title, optionRows(options));
}

/** The lines of a help that show examples. */
export function examplesHelp(examples: Command["examples"]): string[] {
  return ["Examples", ...examples.flatMap(([line, what]) => [`  ${line}`, `      ${what}`])];
}

/** The help of ssdaq itself. */
export function generalHelp(commands: readonly Command[]): string {
  return [
    "ssdaq COMMAND [options]",
    "",
    "Acquires the slow-signal data of a gamma-ray telescope camera.",
    "",
    ...section("Commands", commands.map(({ name, summary }) => [name, summary])),
    "Examples",
    "  ssdaq sim --modules 32      in one terminal: simulate a camera",
    "  ssdaq daemon                in a second: receive, build and publish",
    "  ssdaq record run.h5         in a third: write the events to a file",
    "",
    "ssdaq COMMAND --help shows the options of a command; ssdaq --version prints the version.",
    "ssdaq --licenses prints the licence of ssdaq and of the software that it contains.",
  ].join("\n");
}

function optionRows(options: Options): [string, string][] {
  return Object.entries(options).map((
    [name, option],
  ) => [syntaxText(name, option), helpText(option)]);
}

function syntaxText(name: string, { short, placeholder }: Option<unknown>): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${kebab(name)}${placeholder === undefined ? "" : ` ${placeholder}`}`;
}

function helpText({ help, defaultText, many }: Option<unknown>): string {
  const several = many ? "; repeatable" : "";
  return help + several + (defaultText === undefined ? "" : ` [${defaultText}]`);
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [title, ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`), ""];
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
