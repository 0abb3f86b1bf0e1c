import { statfsSync } from "node:fs";

/** Room for this user on the disk of a folder, bytes; undefined when the folder does not exist. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}
