import type { Command } from "../../command.ts";
import { GLOBAL_OPTIONS } from "../../options/global_options.ts";
import type { Option } from "../../options/option.ts";
import { kebab } from "../../options/split_arguments.ts";

/** What may stand somewhere: one of some words, a file, a folder, or anything else. */
export type Completed = readonly string[] | "file" | "folder" | "anything";

/** An option as shells complete it. */
export interface CompletedOption {
  /** Such as `--listen`. */
  long: string;
  /** Such as `-l`. */
  short?: string;
  help: string;
  isMany: boolean;
  /** What its value is called; undefined for a flag. */
  placeholder?: string;
  /** What may be its value. */
  value: Completed;
}

/** A command as shells complete it. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: CompletedOption[];
  /** What may be its operands; undefined when it takes none. */
  operands: Completed | undefined;
}

/** What shells need to know of a command. */
export function completedCommand(command: Command): CompletedCommand {
  const { name, summary, maxOperands, operandWords } = command;
  const options = Object.entries({ ...command.options, ...GLOBAL_OPTIONS }).map(completedOption);
  return {
    ...{ name, summary, options },
    operands: maxOperands === 0 ? undefined : operandWords ?? "file",
  };
}

function completedOption([name, option]: [string, Option<unknown>]): CompletedOption {
  const { short, help, many = false, placeholder, form } = option;
  return {
    ...{ long: `--${kebab(name)}`, short: short && `-${short}`, help, placeholder },
    isMany: many,
    value: form?.enum ?? { FILE: "file", DIR: "folder" }[placeholder ?? ""] ?? "anything",
  } as CompletedOption;
}
