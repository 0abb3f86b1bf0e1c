/**
 * Reads a file row by row, to find out what of it can be read.
 *
 * @module
 */

import { OperationError } from "../../errors.ts";
import { type LastEvent, runKey } from "../../wire/run_id.ts";
import type { TableReader } from "../read/table_reader.ts";
import { ROW_BYTES } from "../table/columns.ts";
import { LEDGER_ROW_BYTES } from "../table/ledger_row.ts";
import { eventIn } from "../table/row.ts";
import { isBlank } from "./found_events.ts";

/** What can be read of a file. */
export interface Survey {
  /** Rows that its tables should have. */
  rows: number;
  ledgerRows: number;
  /** Number of readable rows from the first on. */
  events: number;
  ledger: number;
  lastEvents: readonly LastEvent[];
}

/** Number of rows read at once. */
const BLOCK_ROWS = 64;

/**
 * Reads a file until a row cannot be read.
 *
 * @param take gets each row that can be read. @default none
 */
export function survey(
  reader: TableReader,
  take?: (bytes: Uint8Array, rowAt: number) => void,
): Survey {
  const lastByRun = new LastByRun();
  const events = countReadable(
    reader.rows,
    (firstRow, rows) => reader.read(firstRow, rows),
    (bytes) => {
      let rows = 0;
      for (; rows * ROW_BYTES < bytes.length; rows++) {
        if (isBlank(bytes, rows * ROW_BYTES)) break;
        lastByRun.add(eventIn(bytes, rows * ROW_BYTES));
        take?.(bytes, rows * ROW_BYTES);
      }
      return rows;
    },
  );
  const ledger = countReadable(
    reader.ledgerRows,
    (firstRow, rows) => reader.readLedger(firstRow, rows),
    (bytes) => {
      let rows = 0;
      while (rows * LEDGER_ROW_BYTES < bytes.length && hasTime(bytes, rows * LEDGER_ROW_BYTES)) {
        rows++;
      }
      return rows;
    },
  );
  return {
    rows: reader.rows,
    ledgerRows: reader.ledgerRows,
    events,
    ledger,
    lastEvents: lastByRun.events,
  };
}

/** Rows from the first to the last, both included. */
export type RowRange = [first: number, last: number];

/** The rows that cannot be read, from a row on. A chunk of them is read at once. */
export function unreadableRows(reader: TableReader, fromRow = 0): RowRange[] {
  const ranges: RowRange[] = [];
  const { rows, chunkRows } = reader;
  for (let row = fromRow; row < rows;) {
    const count = Math.min(chunkRows - row % chunkRows, rows - row);
    const bytes = tryRead(() => reader.read(row, count));
    for (let index = 0; index < count; index++, row++) {
      if (bytes !== undefined && !isBlank(bytes, index * ROW_BYTES)) continue;
      const last = ranges.at(-1);
      if (last?.[1] === row - 1) last[1] = row;
      else ranges.push([row, row]);
    }
  }
  return ranges;
}

/** Remembers the last event of each run. */
export class LastByRun {
  readonly #events = new Map<bigint, LastEvent>();

  /** The last events, in order of the runs. */
  get events(): LastEvent[] {
    return [...this.#events.values()];
  }

  /** Adds an event. A late one with a smaller number does not replace the last one. */
  add(event: LastEvent): void {
    const last = this.#events.get(runKey(event));
    if (last === undefined || event.number > last.number) this.#events.set(runKey(event), event);
  }
}

/**
 * Counts rows until one cannot be read.
 *
 * @param count returns the number of complete rows in a block, from its first on
 */
function countReadable(
  rows: number,
  read: (firstRow: number, rows: number) => Uint8Array,
  count: (bytes: Uint8Array) => number,
): number {
  let readable = 0;
  for (let step = BLOCK_ROWS; readable < rows;) {
    const want = Math.min(step, rows - readable);
    const bytes = tryRead(() => read(readable, want));
    const got = bytes === undefined ? 0 : count(bytes);
    readable += got;
    if (got === want) continue;
    if (step === 1 || got > 0) break;
    // Only the end of a block may be damaged.
    step = 1;
  }
  return readable;
}

function tryRead(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}

function hasTime(bytes: Uint8Array, at: number): boolean {
  return bytes.subarray(at, at + 8).some((byte) => byte !== 0);
}
