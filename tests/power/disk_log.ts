/**
 * What a recording does to the disk, in order: enough to tell what may be there after a power cut.
 *
 * @module
 */

/** Something that was done to the disk. A file is known by a number, whatever its names are. */
export type DiskStep =
  /** Bytes were written into a file. */
  | { kind: "write"; file: number; at: number; bytes: Uint8Array }
  /** A file got another length. */
  | { kind: "cut"; file: number; length: number }
  /** All that was done to a file is on the disk. */
  | { kind: "sync"; file: number }
  /** Names of the folder changed, all at once: each is a file's, or nobody's. */
  | { kind: "names"; names: ReadonlyMap<string, number | undefined> }
  /** All names of the folder are on the disk. */
  | { kind: "syncFolder" }
  /** From now on the recorder counts an event as synced. */
  | { kind: "counted"; number: number };

/** A file or folder as it was before the first step: it is on the disk. */
export interface DiskStart {
  /** Contents by file. */
  contents: ReadonlyMap<number, Uint8Array>;
  /** Files by name. */
  names: ReadonlyMap<string, number>;
}

/** All steps of a recording, from a start. */
export interface DiskLog {
  start: DiskStart;
  steps: readonly DiskStep[];
}
