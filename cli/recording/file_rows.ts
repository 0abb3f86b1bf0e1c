import { OperationError } from "../../lib/errors.ts";
import type { TableReader } from "../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../lib/recording/table/columns.ts";
import { decodeRow, type Row } from "../../lib/recording/table/row.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { count } from "../terminal/format.ts";

/** How rows are read. */
interface Reading {
  /** Which rows are wanted. @default all */
  isWanted?: (row: Row) => boolean;
  /** Called from time to time with the number of rows read. */
  onProgress: (rows: number) => void;
  /** Stops the reading. */
  signal: AbortSignal;
  /** The output file, for the error. @default no file */
  output?: string | undefined;
}

/**
 * The rows of a file, in order. Signals are handled between its blocks.
 *
 * @throws {OperationError} at damaged rows, and when the signal is aborted
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
