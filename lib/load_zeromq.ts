import { loadPart } from "./load_part.ts";

/**
 * Loads ZeroMQ, when it is first needed.
 *
 * @throws {OperationError} if it cannot be loaded
 */
export function loadZeromq(): Promise<typeof import("zeromq")> {
  return loadPart("ZeroMQ", () => import("zeromq"));
}
