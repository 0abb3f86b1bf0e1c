import { ConfigurationError, ValueError } from "../../lib/errors.ts";
import { automaticScale, type Scale } from "../../lib/picture/scale.ts";
import { flag, list, optional } from "./option.ts";
import { pixel, value } from "./value.ts";

/** The range of values that is shown: `low` to `high`, or the range of the data. */
export type Range = { low: number; high: number } | "auto";

/** The range that operators use. */
export const USUAL_RANGE: Range = { low: 0, high: 400 };

const range = value<Range>(
  (key, written) => {
    if (written === "auto") return written;
    const [, low, high] = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(written) ?? [];
    if (low !== undefined && Number(low) < Number(high)) {
      return { low: Number(low), high: Number(high) };
    }
    throw new ValueError(key, written, "give LOW..HIGH in mV, such as 0..400, or auto");
  },
  "`LOW..HIGH` in mV, or `auto`",
  { type: "string", examples: ["0..400", "auto"] },
);

/** The colours of a camera image. */
export const PICTURE_OPTIONS = {
  range: optional(range, {
    placeholder: "LOW..HIGH",
    help: "range in mV, or auto [0..400; for rms and logarithmic colours: auto]",
  }),
  log: flag({ help: "logarithmic colours" }),
  badPixel: list(pixel, {
    placeholder: "SLOT:LINE",
    help: "a pixel to leave out, by slot and raw line",
  }),
};

/**
 * The scale from values to colours.
 *
 * @throws {ConfigurationError} for a logarithmic scale with a range that is not above 0
 */
export function scaleOf(
  { range, log }: { range: Range; log: boolean },
  values: Iterable<number>,
): Scale {
  if (range === "auto") return automaticScale(values, log);
  if (log && range.low <= 0) {
    throw new ConfigurationError(
      `--log and --range ${range.low}..${range.high}: give a range above 0, such as 10..1000`,
    );
  }
  return { ...range, log };
}
