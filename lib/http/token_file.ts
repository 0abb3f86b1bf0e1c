import { ConfigurationError, reasonOf, UnavailableError } from "../errors.ts";
import { checkOpenable } from "../files/file_kind.ts";

/** Permissions of anyone but the owner. */
const OTHERS = 0o077;

/**
 * The token in a file: its text, less blanks around it.
 *
 * @param key name of the option, for the error
 * @throws {UnavailableError} for a file that cannot be read
 * @throws {ConfigurationError} for one that is no plain file, that others can read, or that holds no token
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
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new UnavailableError(`${key} ${path}: ${reasonOf(error)}`);
  }
  if (mode !== null && Deno.build.os !== "windows" && (mode & OTHERS) !== 0) {
    throw new ConfigurationError(`${key} ${path}: others may read it; chmod 600 ${path}`);
  }
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigurationError(
      `${key} ${path}: put one word of letters, digits and marks in it, such as that of ` +
        "openssl rand -hex 32",
    );
  }
  return token;
}
