/**
 * The bytes of a file, by offset.
 *
 * @module
 */

import type { HeldWrites } from "./held_writes.ts";

/** Reads and writes bytes of a file. */
export interface ByteStore {
  /** Reads bytes at an offset. Returns how many there are: fewer only at the end of the file. */
  readAt(at: number, target: Uint8Array): number;
  /** Writes all bytes at an offset. */
  writeAt(at: number, bytes: Uint8Array): void;
}

/**
 * The bytes of an open file.
 *
 * @param held is put over what is read, and takes what is written. @default none
 */
export function byteStoreOf(file: Deno.FsFile, held?: HeldWrites): ByteStore {
  return {
    readAt(at, target) {
      let count = 0;
      file.seekSync(at, Deno.SeekMode.Start);
      while (count < target.length) {
        const read = file.readSync(target.subarray(count));
        if (read === null) break;
        count += read;
      }
      held?.patch(at, target.subarray(0, count));
      return count;
    },
    writeAt(at, bytes) {
      let count = held === undefined ? 0 : held.take(at, bytes);
      if (count === undefined) throw new Error("too much is overwritten at once");
      if (count === bytes.length) return;
      file.seekSync(at + count, Deno.SeekMode.Start);
      while (count < bytes.length) {
        const written = file.writeSync(bytes.subarray(count));
        if (written === 0) throw new Error(`only ${count} of ${bytes.length} bytes written`);
        count += written;
      }
    },
  };
}
