import { dirname } from "node:path";
import { OperationError, reasonOf } from "../errors.ts";
import { stoppingPoint } from "../stopping_point.ts";
import { checkReplaceable, kindOf } from "./file_kind.ts";

/**
 * Checks as far as possible without writing that {@linkcode writeWhole} can write a file.
 *
 * @param key name of the option with the path, for the error message
 * @throws {OperationError} when its folder does not exist, or something else has its name
 */
export function checkWhole(key: string, path: string): void {
  try {
    checkReplaceable(path);
    checkReplaceable(`${path}.new`);
    if (kindOf(dirname(path)) !== "folder") throw new Error("the folder does not exist");
  } catch (error) {
    throw new OperationError(`${key}: cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

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
    stoppingPoint("whole.drafted");
    Deno.renameSync(draft, path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "the folder does not exist"
      : reasonOf(error);
    throw new OperationError(`${key}: cannot write ${path}: ${reason}`, { cause: error });
  }
}
