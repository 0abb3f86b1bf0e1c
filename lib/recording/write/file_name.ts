/**
 * Names for a series of files in a folder.
 *
 * @module
 */

/** `PREFIX.YYYYMMDDTHHMMSSZ.h5` in UTC; a second file of the same second has `_2`, and so on. */
export function dateFileName(prefix: string, date: Date, attempt = 1): string {
  const stamp = date.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(/[-:]/g, "");
  return `${prefix}.${stamp}${attempt > 1 ? `_${attempt}` : ""}.h5`;
}

/** `PREFIX.00001.h5`. Numbers may have more than five digits. */
export function orderFileName(prefix: string, order: number): string {
  return `${prefix}.${String(order).padStart(5, "0")}.h5`;
}

/** The highest number of a file name in a folder with this prefix; 0 if there is none. */
export function highestOrder(names: Iterable<string>, prefix: string): number {
  let highest = 0;
  for (const name of names) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const digits = /^(\d{5,})\.h5$/.exec(name.slice(prefix.length + 1));
    if (digits) highest = Math.max(highest, Number(digits[1]));
  }
  return highest;
}

/** Whether a name can be that of a file with this prefix. */
export function isFileName(name: string, prefix: string): boolean {
  return name.startsWith(`${prefix}.`) &&
    /^(\d{5,}|\d{8}T\d{6}Z(_\d+)?)\.h5$/.test(name.slice(prefix.length + 1));
}
