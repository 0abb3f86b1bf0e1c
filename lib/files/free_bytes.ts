import { statfsSync } from "node:fs";

/**
 * Room for this user on the disk of a folder, bytes; undefined when there is no such folder that this
 * user may look into.
 */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
