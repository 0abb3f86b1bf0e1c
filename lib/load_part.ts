import { messageOf, OperationError } from "./errors.ts";

/**
 * Loads a package when it is first needed.
 *
 * While it loads, it cannot print: some packages print every file that they try. If it cannot be
 * loaded, what it printed first is the reason.
 *
 * @param name as users know it, such as `ZeroMQ`
 * @throws {OperationError} if it cannot be loaded, for example because the process has too many files
 * open
 */
export async function loadPart<Part>(name: string, load: () => Promise<Part>): Promise<Part> {
  const printed: unknown[][] = [];
  const target: Pick<Console, "warn" | "error"> = globalThis.console;
  const { warn, error: tell } = target;
  target.warn = target.error = (...words) => void printed.push(words);
  try {
    return await load();
  } catch (error) {
    const first = printed[0]?.map(String).join(" ");
    throw new OperationError(`cannot load ${name}: ${reasonOfLoad(first ?? messageOf(error))}`, {
      cause: error,
    });
  } finally {
    Object.assign(target, { warn, error: tell });
  }
}

/**
 * Why something could not be loaded, in one line: the innermost reason in a message of Deno, else its
 * first line.
 */
export function reasonOfLoad(message: string): string {
  const [first = ""] = message.split("\n");
  const innermost = message.match(/\n *(?:Caused by:\n *|0: )(\S.*)/)?.[1];
  return (innermost ?? first.replace(/^.*Error: /, "")).replace(/ \(os error \d+\)$/, "");
}
