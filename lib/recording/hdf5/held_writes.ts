/** A change of a file that waits: bytes at an offset, or a new end. */
export type HeldStep = { at: number; bytes: Uint8Array<ArrayBuffer> } | { cutTo: number };

/** What all held steps together make of a file. */
export interface HeldResult {
  /** The file is first cut to this length, if it is given. */
  cutTo: number | undefined;
  /** Then it gets these bytes. In order, without overlaps. */
  regions: { at: number; bytes: Uint8Array<ArrayBuffer> }[];
}

/** Memory for held bytes. HDF5 overwrites a few kilobytes each second. */
const MAX_HELD_BYTES = 64 * 2 ** 20;

/**
 * Writes that HDF5 has made below the safe end of a file, and that have not been made on the disk.
 * HDF5 itself reads the file as if they had.
 *
 * It holds up to 64 MiB. When it is full, HDF5's next write fails.
 */
export class HeldWrites {
  #safeEnd = 0;
  #steps: HeldStep[] = [];
  #bytes = 0;

  /** The held steps, in order. */
  get steps(): readonly HeldStep[] {
    return this.#steps;
  }

  /** Number of held bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Forgets all steps. From now on, writes below this end are held. */
  restart(safeEnd: number): void {
    this.#safeEnd = safeEnd;
    this.#steps = [];
    this.#bytes = 0;
  }

  /**
   * Holds the first bytes of a write, as far as they are below the safe end.
   *
   * @returns how many it holds; the others are to be written. Undefined if it is full
   */
  take(at: number, bytes: Uint8Array): number | undefined {
    const count = Math.min(bytes.length, this.#safeEnd - at);
    if (count <= 0) return 0;
    if (this.#bytes + count > MAX_HELD_BYTES) return undefined;
    this.#steps.push({ at, bytes: new Uint8Array(bytes.subarray(0, count)) });
    this.#bytes += count;
    return count;
  }

  /**
   * Holds a cut below the safe end; false for another one, which is to be made. All that follows a
   * held cut is held: the cut would remove it.
   */
  takeCut(length: number): boolean {
    if (length >= this.#safeEnd) return false;
    this.#steps.push({ cutTo: length });
    this.#safeEnd = Infinity;
    return true;
  }

  /** Puts the held bytes over bytes that were read at an offset. */
  patch(at: number, read: Uint8Array): void {
    for (const step of this.#steps) {
      if ("cutTo" in step) {
        if (step.cutTo < at + read.length) read.fill(0, Math.max(0, step.cutTo - at));
        continue;
      }
      const from = Math.max(at, step.at);
      const to = Math.min(at + read.length, step.at + step.bytes.length);
      if (from < to) read.set(step.bytes.subarray(from - step.at, to - step.at), from - at);
    }
  }

  /** What the steps together make of the file. */
  result(): HeldResult {
    let cutTo: number | undefined;
    let writes: { at: number; bytes: Uint8Array }[] = [];
    for (const step of this.#steps) {
      if (!("cutTo" in step)) {
        writes.push(step);
        continue;
      }
      const end = step.cutTo;
      cutTo = Math.min(end, cutTo ?? end);
      writes = writes.filter(({ at }) => at < end)
        .map(({ at, bytes }) => ({ at, bytes: bytes.subarray(0, end - at) }));
    }
    return { cutTo, regions: merged(writes) };
  }
}

/** Writes as regions without overlaps. Of bytes that were written twice, the last ones count. */
function merged(writes: readonly { at: number; bytes: Uint8Array }[]): HeldResult["regions"] {
  const spans: { from: number; to: number }[] = [];
  for (const { at, bytes } of writes.toSorted((a, b) => a.at - b.at)) {
    const last = spans.at(-1);
    if (last !== undefined && at <= last.to) last.to = Math.max(last.to, at + bytes.length);
    else spans.push({ from: at, to: at + bytes.length });
  }
  const regions = spans.map(({ from, to }) => ({ at: from, bytes: new Uint8Array(to - from) }));
  for (const { at, bytes } of writes) {
    const region = regions.findLast((region) => region.at <= at);
    region?.bytes.set(bytes, at - region.at);
  }
  return regions;
}
