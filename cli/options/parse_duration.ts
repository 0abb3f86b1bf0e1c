import { ValueError } from "../../lib/errors.ts";

const MS_PER_UNIT: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A duration such as `10ms`, `2s`, `5m` or `1.5h`, in milliseconds.
 *
 * @param key name of the option, for the error
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseDurationMs(key: string, text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text) ?? [];
  const durationMs = Number(number) * (MS_PER_UNIT[unit] ?? NaN);
  if (!(durationMs > 0 && durationMs < Infinity)) {
    throw new ValueError(
      key,
      text,
      "not a duration above 0; give a number and a unit of " +
        `${Object.keys(MS_PER_UNIT).join(", ")}, such as 10ms or 2s`,
    );
  }
  return durationMs;
}
