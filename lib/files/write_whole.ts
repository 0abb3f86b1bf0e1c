import { OperationError, reasonOf } from "../errors.ts";
import { checkReplaceable } from "./file_kind.ts";

/**
 * Writes a complete file, or none.
 *
 * @param key name of the option with the path, for the error message
 * @throws {OperationError} when it cannot be written
 */
export function writeWhole(key: string, path: string, content: string | Uint8Array): void {
  const draft = `${path}.new`;
  try {
    checkReplaceable(path);
    checkReplaceable(draft);
    if (typeof content === "string") Deno.writeTextFileSync(draft, content);
    else Deno.writeFileSync(draft, content);
    Deno.renameSync(draft, path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : reasonOf(error);
    throw new OperationError(`${key}: cannot write ${path}: ${reason}`, { cause: error });
  }
}
