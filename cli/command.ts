import type { Configurable } from "./config/section.ts";
import type { Sources } from "./config/settings.ts";
import type { Options, Values } from "./options/option.ts";
import type { GLOBAL_OPTIONS } from "./options/global_options.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What a command came to: data for scripts, text for people. One place prints either. */
export interface Outcome {
  /** What `--json` prints; nothing when undefined. */
  data?: unknown;
  /** What is printed otherwise. */
  text: string;
  /** Whether the command did what it was asked to. @default true */
  ok?: boolean;
  /** Why it could not go on; told after the summary. */
  failure?: unknown;
  /**
   * How long what was handed to ZeroMQ may still be on its way, ms: for so long the process is not
   * left, though nobody takes its log. @default 0
   */
  deliversMs?: number;
  /** Whether a process was left that cannot be ended: it is not waited for. @default false */
  leavesProcesses?: boolean;
}

/** What a command is given to run with. */
export interface Invocation<O extends Options> {
  values: Values<O & typeof GLOBAL_OPTIONS>;
  operands: readonly string[];
  terminal: Terminal;
  /** Every command of ssdaq. */
  commands: readonly Command[];
  /** Where settings may come from. */
  sources: Sources;
  /** Aborted by SIGINT and SIGTERM: drain, and return. */
  signal: AbortSignal;
  /**
   * For a command whose draining may take long: aborted by a second signal, which then does not end
   * it at once. What it gives up it must name.
   */
  hurry: () => AbortSignal;
}

/** A subcommand of ssdaq. */
export interface Command<O extends Options = Options> extends Configurable {
  name: string;
  /** What it does, in a line. */
  summary: string;
  /** How it is called, after `ssdaq`. */
  usage: string;
  options: O;
  /** Operands it takes, at most. */
  maxOperands: number;
  /** What its first operand is one of; a file, where it has none of these. */
  operandWords?: readonly string[];
  /** Command lines with what they do. */
  examples: readonly (readonly [commandLine: string, what: string])[];
  /** Whether it reads the configuration before it runs; what mends a wrong one must not. @default true */
  readsConfiguration?: boolean;
  /**
   * Whether what it prints in the end is only an account of its work: then it fails by its work
   * alone, whether the account can be printed or not. @default false
   */
  endsWithAccount?: boolean;
  /** More to know, below the options. */
  notes?: string;
  run(invocation: Invocation<O>): Promise<Outcome>;
}

/** Declares a command, so that its options' types reach its `run`. */
export function defineCommand<O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}
