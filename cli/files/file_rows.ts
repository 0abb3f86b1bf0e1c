import { OperationError } from "../../lib/errors.ts";
import { ROW_BYTES } from "../../lib/recording/table/columns.ts";
import { decodeRow, type Row } from "../../lib/recording/table/row.ts";
import type { TableReader } from "../../lib/recording/read/table_reader.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { count } from "../terminal/format.ts";

/** How rows are read. */
interface Reading {
  /** Which are wanted. @default all */
  isWanted?: (row: Row) => boolean;
  /** Told how many have been read, now and then. */
  onProgress: (rows: number) => void;
  /** Ends the reading. */
  signal: AbortSignal;
  /** The file that is made of them, for the error. @default none is */
  output?: string | undefined;
}

/**
 * The rows of a file, in order. Between its blocks signals are heard.
 *
 * @throws {OperationError} at rows that are damaged, and when the signal is aborted
 */
export async function* rowsOf(
  reader: TableReader,
  { isWanted = () => true, onProgress, signal, output }: Reading,
): AsyncGenerator<Row, void, void> {
  for (const { firstRow, rows, bytes } of reader.blocks()) {
    await sleep(0);
    if (signal.aborted) {
      throw new OperationError(
        `stopped after ${count(firstRow)} of ${count(reader.rows)} events` +
          (output === undefined ? "" : `: ${output} was not written`),
      );
    }
    for (let index = 0; index < rows; index++) {
      const row = decodeRow(bytes, index * ROW_BYTES);
      if (isWanted(row)) yield row;
    }
    onProgress(firstRow + rows);
  }
}
