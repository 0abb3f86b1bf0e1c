import { budgetBytesOf, type MemoryParts } from "../../lib/memory_budget.ts";
import { formatByteSize } from "../../lib/text/byte_size.ts";

/**
 * The most that the program itself takes, bytes: runtime, code, and the garbage that V8 has not yet
 * collected. Measured under attack: 170 MB, of which 50 MB are the runtime's file.
 */
export const PROGRAM_BYTES = 256 * 2 ** 20;

/** What a program says of its memory at the start. */
export function memoryLine(parts: MemoryParts): string {
  const terms = Object.entries(parts).map(([what, bytes]) => `${formatByteSize(bytes)} ${what}`);
  return `memory: ${terms.join(" + ")} = at most ${formatByteSize(budgetBytesOf(parts))}`;
}
