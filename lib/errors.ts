/**
 * The two failures a user can do something about. Anything else that is thrown is a defect.
 *
 * @module
 */

/** Wrong usage or configuration: nothing was started. Commands exit with 2. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

/** What was started cannot go on. Commands exit with 1. */
export class OperationError extends Error {
  override name = "OperationError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The operating system's reason in an error of Deno's, without its number, call and path. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  return messageOf(error).replace(/ \(os error \d+\).*$/s, "");
}
