import { eventIn } from "../table/row.ts";
import { runKey } from "../../wire/run_id.ts";
import { COLUMNS, ROW_BYTES } from "../table/columns.ts";

/** Where an event is in a file. */
export interface FoundEvent {
  /** Offset and size of what has its row, and the index of the row in there. */
  at: number;
  bytesThere: number;
  row: number;
  /** Its run, as `runKey()` tells it, and its number. */
  run: bigint;
  number: bigint;
}

/** Collects events that were found in a file, each once. It keeps about 200 bytes for each. */
export class FoundEvents {
  readonly #events: FoundEvent[] = [];
  readonly #known = new Set<string>();

  /** Number of events. */
  get count(): number {
    return this.#events.length;
  }

  /** Notes that an event is known, and need not be found. */
  know(bytes: Uint8Array, rowAt: number): void {
    this.#known.add(identityOf(bytes, rowAt));
  }

  /**
   * Adds the rows that were found at one place. Rows that were never written, and known ones, are
   * left out.
   *
   * @returns whether any was new
   */
  add(at: number, bytesThere: number, bytes: Uint8Array): boolean {
    const before = this.#events.length;
    for (let row = 0; row * ROW_BYTES < bytes.length; row++) {
      const rowAt = row * ROW_BYTES;
      if (isBlank(bytes, rowAt)) continue;
      const identity = identityOf(bytes, rowAt);
      if (this.#known.has(identity)) continue;
      this.#known.add(identity);
      const event = eventIn(bytes, rowAt);
      this.#events.push({ at, bytesThere, row, run: runKey(event), number: event.number });
    }
    return this.#events.length > before;
  }

  /**
   * The events in the order in which they were stored: by their places, and those of one run by
   * their numbers. HDF5 does not write chunks in order.
   */
  inOrder(): FoundEvent[] {
    const inPlace = this.#events.toSorted((a, b) => a.at - b.at || a.row - b.row);
    const byRun = Map.groupBy(inPlace, ({ run }) => run);
    for (const [run, events] of byRun) {
      // Without a run, numbers may begin anew.
      if (run !== 0n) events.sort((a, b) => a.number < b.number ? -1 : 1);
    }
    const next = new Map([...byRun].map(([run, events]) => [run, events.values()]));
    return inPlace.map((event) => next.get(event.run)?.next().value ?? event);
  }
}

/** Number, time, receive time, run and epoch tell events apart. */
function identityOf(bytes: Uint8Array, rowAt: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset + rowAt, ROW_BYTES);
  return [
    ...[COLUMNS.iro, COLUMNS.time, COLUMNS.cpu_t_s, COLUMNS.cpu_t_ns, COLUMNS.run],
  ].map(({ offset }) => view.getBigUint64(offset, true).toString(36)).join() +
    view.getUint32(COLUMNS.epoch.offset, true).toString(36);
}

/** Whether a row was never written. HDF5 then reads zeros, and no event is all zeros. */
export function isBlank(bytes: Uint8Array, rowAt: number): boolean {
  for (let offset = 0; offset < ROW_BYTES; offset++) {
    if (bytes[rowAt + offset] !== 0) return false;
  }
  return true;
}
