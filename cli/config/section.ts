import { LOG_OPTIONS } from "../options/log_options.ts";
import { optional, type Options } from "../options/option.ts";
import { text } from "../options/value.ts";

/** What has options of its own, as far as the configuration needs it: a command. */
export interface Configurable {
  name: string;
  summary: string;
  options: Options;
  /** Whether the configuration has a table of its options. @default true */
  hasTable?: boolean;
}

/** A table of the configuration. */
export interface Section {
  /** Name of the table. */
  name: string;
  /** What it is for, in a line. */
  summary: string;
  /** Its keys, in camel case. */
  options: Options;
  /** Whether there may be several of it, `[[name]]`. */
  many?: boolean;
}

/** The table of what is logged where; its keys are the options `--log-KEY` of every command. */
export const LOG_SECTION: Section = {
  name: "log",
  summary: "logging of every command",
  options: LOG_OPTIONS,
};

/** The tables there are: for logging, a table a command, and the recorders of `ssdaq run`. */
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
    summary: "a recorder of ssdaq run; what it leaves out is as in [record]",
    many: true,
    options: {
      name: optional(text, { placeholder: "NAME", help: "how it is called in logs and status" }),
      ...(folder && { folder }),
      ...(prefix && { prefix }),
      ...rest,
    },
  };
}

/** Those that are not settings of another command. */
function ownOptions(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([, option]) => option.of === undefined),
  );
}
