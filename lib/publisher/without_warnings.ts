import process from "node:process";

/** Does something without a word of warning on stderr, where a library's warning is known wrong. */
export function withoutWarnings(action: () => void): void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    action();
  } finally {
    process.emitWarning = emitWarning;
  }
}
