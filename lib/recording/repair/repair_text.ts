import type { RepairReport } from "./repair.ts";
import type { RowRange } from "./survey.ts";

/** The result of a repair, in a line. */
export function repairText(report: RepairReport): string {
  const { path, wasDamaged, rows, lostRows, addedRows, leftOutRows, salvaged } = report;
  if (!wasDamaged) return `${path}: nothing to repair, ${rows} events`;
  if (salvaged === undefined) {
    const added = addedRows === 0 ? "" : `, ${addedRows} of them were not yet in its table`;
    const leftOut = leftOutRows === 0
      ? ""
      : `; ${leftOutRows} more were found after a gap and left out`;
    return `${path}: repaired, ${rows} events${added}, ` +
      (lostRows === 0
        ? `none lost${leftOut}`
        : `${lostRows} at the end could not be read and were cut off${leftOut}`);
  }
  const { keptAs, unreadable, isLossKnown, tornRows } = salvaged;
  const torn = tornRows === 0 ? "" : `, ${tornRows} are incomplete`;
  const lost = !isLossKnown
    ? "how many are lost is not known"
    : lostRows === 0
    ? "none lost"
    : `${lostRows} lost, rows ${rangesText(unreadable)}`;
  return `${path}: written anew, ${rows} events${torn}, ${lost}; the damaged file is ${keptAs}`;
}

/** Ranges of rows as text: `0 to 7, 16 to 23`. The first ones, if there are many. */
function rangesText(ranges: readonly RowRange[]): string {
  const told = ranges.slice(0, 4).map(([first, last]) =>
    first === last ? String(first) : `${first} to ${last}`
  );
  const more = ranges.length - told.length;
  return told.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
