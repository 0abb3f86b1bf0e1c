import { ConfigurationError, reasonOf, UnavailableError } from "../errors.ts";
import { checkOpenable } from "../files/file_kind.ts";
import { readWholeText } from "../files/read_whole.ts";
import { tokenFault } from "./token.ts";

/** The longest token file. */
const MAX_BYTES = 4096;

/** Permissions of other users and the group. */
const OTHERS = 0o077;

/**
 * The token in a file: its text, without blanks around it.
 *
 * @param key name of the option, for the error message
 * @throws {UnavailableError} if the file cannot be read
 * @throws {ConfigurationError} if it is not a plain file, if others may read it, or if it has no
 * token of at least 16 bytes
 */
export function readTokenFile(key: string, path: string): string {
  try {
    checkOpenable(path);
  } catch (error) {
    throw new ConfigurationError(`${key} ${path}: ${reasonOf(error)}`);
  }
  let text: string;
  let mode: number | null;
  try {
    ({ mode } = Deno.statSync(path));
    text = readWholeText(path, MAX_BYTES);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ConfigurationError(`${key} ${path}: ${error.message}`);
    }
    throw new UnavailableError(`${key} ${path}: ${reasonOf(error)}`);
  }
  if (mode !== null && Deno.build.os !== "windows" && (mode & OTHERS) !== 0) {
    throw new ConfigurationError(`${key} ${path}: others may read it; chmod 600 ${path}`);
  }
  const token = text.trim();
  const fault = tokenFault(token);
  if (fault !== undefined) throw new ConfigurationError(`${key} ${path}: ${fault}`);
  return token;
}
