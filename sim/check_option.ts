import { ConfigurationError } from "../lib/errors.ts";

/**
 * Refuses an option's value unless `accepted`.
 *
 * @param key of the option
 * @param rule what to give instead, as it follows "give"
 * @throws {ConfigurationError} with key, value and rule
 */
export function checkOption(accepted: boolean, key: string, value: unknown, rule: string): void {
  if (!accepted) {
    throw new ConfigurationError(`cannot simulate: ${key} is ${value}; give ${rule}`);
  }
}

/** Refuses anything but a whole number in `lowest..highest`. */
export function checkWhole(key: string, value: number, lowest: number, highest: number): void {
  const accepted = Number.isInteger(value) && value >= lowest && value <= highest;
  checkOption(accepted, key, value, `a whole number ${lowest}..${highest}`);
}
