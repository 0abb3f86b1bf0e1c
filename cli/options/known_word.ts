import { ConfigurationError } from "../../lib/errors.ts";
import { suggestion } from "./suggestion.ts";

/**
 * Checks that an operand is one of some words, and returns it.
 *
 * @param called the command line before it, for the error
 * @throws {ConfigurationError} when it is not, with the nearest word or all of them
 */
export function knownWord<Word extends string>(
  called: string,
  written: string | undefined,
  words: readonly Word[],
): Word {
  if (written === undefined) throw new ConfigurationError(`${called}: give ${words.join(", ")}`);
  const word = words.find((candidate) => candidate === written);
  if (word !== undefined) return word;
  const nearest = suggestion(written, words);
  throw new ConfigurationError(
    `${called} ${written}: not known; ` +
      (nearest === undefined ? `give ${words.join(", ")}` : `did you mean ${nearest}?`),
  );
}
