import { OperationError } from "../../lib/errors.ts";

/**
 * Runs an action, and returns why it could not go on instead of throwing that, so that a summary
 * can be told first. A defect is thrown.
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
