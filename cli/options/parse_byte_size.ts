import { ValueError } from "../../lib/errors.ts";

const BYTES_PER_UNIT: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * A size such as `600MiB` or `2GB`, in bytes.
 *
 * @param key name of the option, for the error
 * @throws {ValueError} naming the key, the value and the fix
 */
export function parseByteSize(key: string, text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (BYTES_PER_UNIT[unit] ?? NaN));
  if (!(bytes > 0 && bytes < Infinity)) {
    throw new ValueError(
      key,
      text,
      "not a size above 0; give a number and a unit of " +
        `${Object.keys(BYTES_PER_UNIT).join(", ")}, such as 600MiB`,
    );
  }
  return bytes;
}
