import { ConfigurationError } from "../lib/errors.ts";

/**
 * Refuses an option's value unless `accepted`.
 *
 * @param key of the option
 * @param rule what to give instead; it follows "give" in the message
 * @throws {ConfigurationError} with key, value and rule
 */
export function checkOption(accepted: boolean, key: string, value: unknown, rule: string): void {
  if (!accepted) {
    throw new ConfigurationError(`cannot simulate: ${key} is ${value}; give ${rule}`);
  }
}

/** Above this rate, two readouts would have the same time in ns. */
const MAX_RATE = 1e9;

/** Refuses a rate that is not above 0 and up to 1e9 readouts/s. */
export function checkRate(rate: number): void {
  const accepted = rate > 0 && rate <= MAX_RATE;
  checkOption(accepted, "rate", rate, "readouts per second, above 0 and up to 1e9");
}

/** Refuses a number that is not whole, or not in `lowest..highest`. */
export function checkWhole(key: string, value: number, lowest: number, highest: number): void {
  const accepted = Number.isInteger(value) && value >= lowest && value <= highest;
  checkOption(accepted, key, value, `a whole number ${lowest}..${highest}`);
}
