/**
 * Times as text. They may be anything: a receive time is a number of 64 bits in messages and files,
 * and a Date throws at what is beyond its range, over 275 000 years.
 *
 * @module
 */

/** A time in UTC, ISO 8601 to the millisecond; the number of seconds where no Date can have it. */
export function utcText(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  return Number.isNaN(date.getTime()) ? `${unixSeconds} s (no valid time)` : date.toISOString();
}

/** The time of day, `HH:MM:SS` in the local time zone; `--:--:--` where no Date can have it. */
export function timeOfDayText(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toTimeString().slice(0, 8);
}
