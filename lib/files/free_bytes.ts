import { statfsSync } from "node:fs";

/**
 * Free bytes for this user on the disk of a folder; undefined if the folder does not exist or this
 * user may not read it.
 */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
