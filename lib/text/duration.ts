/** A duration in the largest unit that keeps it readable, such as `2.5 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.95) return `${trim(durationMs)} ms`;
  if (durationMs < 120_000) return `${trim(durationMs / 1000)} s`;
  if (durationMs < 2 * 3_600_000) return `${trim(durationMs / 60_000)} min`;
  return `${trim(durationMs / 3_600_000)} h`;
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10);
}
