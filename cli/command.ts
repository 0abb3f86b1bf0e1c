import type { Configurable } from "./config/section.ts";
import type { Sources } from "./config/settings.ts";
import type { GLOBAL_OPTIONS } from "./options/global_options.ts";
import type { Options, Values } from "./options/option.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** The result of a command: data for scripts, text for people. One place prints either. */
export interface Outcome {
  /** What `--json` prints; nothing when undefined. */
  data?: unknown;
  /** What is printed without `--json`. */
  text: string;
  /** Whether the command did its work. @default true */
  ok?: boolean;
  /** Why the command failed; printed after the summary. */
  failure?: unknown;
  /**
   * How long ZeroMQ may still need to deliver its messages, ms. The process lives for this time, even
   * if no program reads its log. @default 0
   */
  deliversMs?: number;
  /** Whether a child process could not be ended: ssdaq does not wait for it. @default false */
  leavesProcesses?: boolean;
}

/** What a command gets when it runs. */
export interface Invocation<O extends Options> {
  values: Values<O & typeof GLOBAL_OPTIONS>;
  operands: readonly string[];
  terminal: Terminal;
  /** Every command of ssdaq. */
  commands: readonly Command[];
  /** The places that settings come from. */
  sources: Sources;
  /** Aborted by SIGINT and SIGTERM: drain, and return. */
  signal: AbortSignal;
  /**
   * For a command that may need long to drain: aborted by a second signal. Without a call of this, the
   * second signal ends the process at once. The command must count the data that it gives up.
   */
  hurry: () => AbortSignal;
}

/** A subcommand of ssdaq. */
export interface Command<O extends Options = Options> extends Configurable {
  name: string;
  /** What it does, in one line. */
  summary: string;
  /** How it is called, after `ssdaq`. */
  usage: string;
  options: O;
  /** Operands it takes, at most. */
  maxOperands: number;
  /** The words that its first operand may be. Without them the operand is a file. */
  operandWords?: readonly string[];
  /** Command lines, and what each does. */
  examples: readonly (readonly [commandLine: string, what: string])[];
  /**
   * Whether it reads the configuration before it runs. A command that helps to repair a wrong
   * configuration must not. @default true
   */
  readsConfiguration?: boolean;
  /**
   * Whether it prints only an account of its work at the end. Then its work alone decides whether it
   * fails, even if the account cannot be printed. @default false
   */
  endsWithAccount?: boolean;
  /** More information, printed below the options. */
  notes?: string;
  run(invocation: Invocation<O>): Promise<Outcome>;
}

/** Declares a command. The types of its options reach its `run`. */
export function defineCommand<O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}
