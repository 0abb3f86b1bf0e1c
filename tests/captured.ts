import { assert } from "./assert.ts";
import { nth } from "./elements.ts";

/** What the first group of a pattern captures in a text, which must match. */
export function captured(text: string, pattern: RegExp): string {
  const match = pattern.exec(text);
  assert(match !== null, `nothing matches ${pattern} in: ${text}`);
  return nth(match, 1);
}

/** What the first group of a pattern captures, at each place where a text matches. */
export function allCaptured(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => nth(match, 1));
}
