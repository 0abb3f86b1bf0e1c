import { MAX_OPEN_FILES } from "./event_writer.ts";

/** HDF5's caches, and rows that wait for the next flush, of an open file, bytes. */
const FILE_BYTES = 8 * 2 ** 20;

/** With `sync`: what is held of an open file until the next commit, and its page, bytes. */
const HELD_BYTES = 12 * 2 ** 20;

/** The most memory that a writer takes for its open files, bytes. */
export function writerMemoryBytes({ sync }: { sync: boolean }): number {
  return MAX_OPEN_FILES * (FILE_BYTES + (sync ? HELD_BYTES : 0));
}
