import { OperationError } from "../../lib/errors.ts";

/**
 * Runs an action, and returns its failure instead of throwing it, so that a summary can be printed
 * first. A defect is thrown.
 */
export async function failureOf(action: () => Promise<void>): Promise<OperationError | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof OperationError) return error;
    throw error;
  }
}
