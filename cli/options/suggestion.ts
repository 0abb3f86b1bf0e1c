import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The known word that is nearest to a mistyped one; undefined when none is near. */
export function suggestion(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest: string = closestString(written, [...known]);
  const distance: number = levenshteinDistance(written, nearest);
  return distance <= Math.max(2, written.length / 3) ? nearest : undefined;
}
