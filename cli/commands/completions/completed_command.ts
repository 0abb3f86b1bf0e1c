import type { Command } from "../../command.ts";
import { GLOBAL_OPTIONS } from "../../options/global_options.ts";
import type { Option } from "../../options/option.ts";
import { kebab } from "../../options/split_arguments.ts";

/** What can be completed: one of some words, a file, a folder, or anything else. */
export type Completed = readonly string[] | "file" | "folder" | "anything";

/** An option, for the completions. */
export interface CompletedOption {
  /** Such as `--listen`. */
  long: string;
  /** Such as `-l`. */
  short?: string;
  help: string;
  isMany: boolean;
  /** The name of its value; undefined for a flag. */
  placeholder?: string;
  /** Its possible values. */
  value: Completed;
}

/** A command, for the completions. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: CompletedOption[];
  /** Its possible operands; undefined when it takes none. */
  operands: Completed | undefined;
}

/** The facts about a command that the completions need. */
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
