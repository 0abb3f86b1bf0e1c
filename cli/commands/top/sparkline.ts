const BLOCKS = "▁▂▃▄▅▆▇█";
const GAP = " ";

/**
 * Values as a line of bars, from the smallest to the largest shown value. A constant line is low.
 *
 * @param values the last of them are shown, one in each column; null is a gap
 */
export function sparkline(values: readonly (number | null)[], columns: number): string {
  const shown = columns > 0 ? values.slice(-columns) : [];
  const known = shown.filter((value) => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  return shown.map((value) => {
    if (value === null) return GAP;
    const place = span > 0 ? (value - low) / span : 0;
    return BLOCKS[Math.round(place * (BLOCKS.length - 1))];
  }).join("").padStart(columns);
}
