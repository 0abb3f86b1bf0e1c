import { formatDuration } from "../../lib/text/duration.ts";
import { readFigures } from "../figures/figures.ts";
import { MEASUREMENTS } from "../figures/measurements.ts";
import { markdownTable } from "./markdown_table.ts";

/** The results of the last full runs. */
export function figuresPart(): string {
  const figures = readFigures();
  const rows = MEASUREMENTS.flatMap(({ name, what }) => {
    const figure = figures[name];
    if (figure === undefined) return [];
    const { command, result, seconds, date, commit } = figure;
    return [[
      what,
      `\`${command}\``,
      result,
      formatDuration(seconds * 1000),
      `${date}, ${commit}`,
    ]];
  });
  return markdownTable([["what", "command", "result", "time", "when, tree"], ...rows]);
}
