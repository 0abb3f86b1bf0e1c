import { messageOf, OperationError } from "../lib/errors.ts";

/**
 * Writes a text file that is either whole or not there.
 *
 * @param key name of the option that named it, for the error
 * @throws {OperationError} when it cannot be written
 */
export function writeWhole(key: string, path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    Deno.writeTextFileSync(draft, text);
    Deno.renameSync(draft, path);
  } catch (error) {
    throw new OperationError(`${key}: cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}
