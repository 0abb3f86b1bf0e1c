import process from "node:process";

/**
 * Runs an action without warnings on stderr. Use it where a library's warning is known to be wrong.
 */
export function withoutWarnings(action: () => void): void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    action();
  } finally {
    process.emitWarning = emitWarning;
  }
}
