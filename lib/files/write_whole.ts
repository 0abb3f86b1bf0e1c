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
 * Writes a complete file, or none. It is on the disk before it gets its name. No link in place of
 * its draft `PATH.new` is followed: in a folder such as `/tmp` another user may have made it.
 *
 * @param key name of the option with the path, for the error message
 * @throws {OperationError} when it cannot be written
 */
export function writeWhole(key: string, path: string, content: string | Uint8Array): void {
  const draft = `${path}.new`;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    checkReplaceable(path);
    checkReplaceable(draft);
    // A draft of a killed process, or a link.
    if (kindOf(draft) !== "absent") Deno.removeSync(draft);
    using file = Deno.openSync(draft, { write: true, createNew: true });
    try {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      file.syncSync();
      stoppingPoint("whole.drafted");
      Deno.renameSync(draft, path);
    } catch (error) {
      Deno.removeSync(draft);
      throw error;
    }
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "the folder does not exist"
      : reasonOf(error);
    throw new OperationError(`${key}: cannot write ${path}: ${reason}`, { cause: error });
  }
}
