import { LOG_OPTIONS } from "../options/log_options.ts";
import { optional, type Options } from "../options/option.ts";
import { text } from "../options/value.ts";

/** A command, as far as the configuration needs it: something with options. */
export interface Configurable {
  name: string;
  summary: string;
  options: Options;
  /** Whether the configuration has a table for its options. @default true */
  hasTable?: boolean;
}

/** A table of the configuration. */
export interface Section {
  /** Name of the table. */
  name: string;
  /** Its purpose, in one line. */
  summary: string;
  /** Its keys, in camel case. */
  options: Options;
  /** Whether it may occur several times, as `[[name]]`. */
  many?: boolean;
}

/** The table for logging; its keys are the options `--log-KEY` of every command. */
export const LOG_SECTION: Section = {
  name: "log",
  summary: "logging of every command",
  options: LOG_OPTIONS,
};

/** All tables: logging, one for each command, and the recorders of `ssdaq run`. */
export function sectionsOf(commands: readonly Configurable[]): Section[] {
  const sections = commands.filter(({ hasTable = true }) => hasTable)
    .map(({ name, summary, options }) => ({ name, summary, options: ownOptions(options) }))
    .filter(({ options }) => Object.keys(options).length > 0);
  const record = sections.find(({ name }) => name === "record");
  return [
    LOG_SECTION,
    ...sections,
    ...(record === undefined ? [] : [recorderSection(record)]),
  ];
}

function recorderSection({ options }: Section): Section {
  const { folder, prefix, ...rest } = options;
  return {
    name: "recorder",
    summary: "a recorder of ssdaq run; [record] has its defaults",
    many: true,
    options: {
      name: optional(text, { placeholder: "NAME", help: "its name in logs and status" }),
      ...(folder && { folder }),
      ...(prefix && { prefix }),
      ...rest,
    },
  };
}

/** The options that belong to this command and not to another one. */
function ownOptions(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([, option]) => option.of === undefined),
  );
}
