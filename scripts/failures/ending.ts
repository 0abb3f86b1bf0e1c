import type { Ended } from "../../cli/process/ssdaq_process.ts";

/** How a process ended in which something failed. */
export type Ending =
  /** It went on, and lost nothing. */
  | "went on"
  /** It told why, and ended with a closed account. */
  | "told and ended"
  /** The runtime ended it. */
  | "runtime ended";

/** How Deno, V8 and libzmq tell that they cannot go on. */
const OF_RUNTIME =
  /Deno has panicked|Deno could not start|Fatal (?:JavaScript|process) |Fatal error in |terminate called after |\(\S+\.cpp:\d+\)/;

/**
 * Deno itself tells that it cannot load the program of a thread. From the executable it loads it
 * from memory.
 */
const OF_THREAD = /^.*Uncaught \(in worker "".*\n(?: +\d+: .*\n)?(?: +at .*\n)*/gm;

/** Deno itself tells this of a native part. */
const OF_NATIVE = /^Uncaught exception in Node-API finalizer: .*\n/gm;

/** What a process must not print, whatever fails. */
const TRACES =
  /^\s+at \S|Uncaught|panicked|a defect in ssdaq|(?<!cannot load .*)\bundefined\b|\[object /m;

/**
 * Checks what a process told at its end.
 *
 * @param mayEndRuntime whether the runtime may have ended it
 * @throws {Error} with what is not as it must be
 */
export function endingOf({ code, stderr: printed }: Ended, mayEndRuntime: boolean): Ending {
  const stderr = printed.replaceAll(OF_THREAD, "").replaceAll(OF_NATIVE, "");
  const errors = stderr.split("\n").filter((line) => /^error: |Z error: /.test(line));
  if (code === 0) {
    if (errors.length > 0) throw new Error(`exit code 0 after an error:\n${stderr}`);
    if (TRACES.test(stderr)) throw new Error(`not plain English:\n${stderr}`);
    return "went on";
  }
  if (mayEndRuntime && OF_RUNTIME.test(stderr)) return "runtime ended";
  if (code !== 1 && code !== 2) throw new Error(`exit code ${code}:\n${stderr}`);
  if (TRACES.test(stderr)) throw new Error(`not plain English:\n${stderr}`);
  if (errors.length !== 1) throw new Error(`${errors.length} lines tell an error:\n${stderr}`);
  return "told and ended";
}

/** The account that a process printed; undefined if it printed none. */
export function accountOf<Account extends { brokenIdentities?: string[] }>(
  { stdout }: Ended,
): Account | undefined {
  if (stdout === "") return undefined;
  const account = JSON.parse(stdout) as Account;
  const { brokenIdentities = [] } = account;
  if (brokenIdentities.length === 0) return account;
  throw new Error(`the account is not closed: ${brokenIdentities.join(", ")}`);
}
