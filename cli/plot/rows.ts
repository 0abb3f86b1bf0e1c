import { decodeRow, type Row, ROW_BYTES } from "../../lib/writer/row.ts";
import type { TableReader } from "../../lib/writer/table_reader.ts";
import { count } from "../format.ts";

/** Which rows are read, and how. */
interface Selection {
  /** Only those of this run. @default all */
  run?: bigint;
  /** Told how far it has come, now and then. */
  status: (line: string) => void;
  /** Ends the reading. */
  signal: AbortSignal;
}

/**
 * The rows of a file, in order.
 *
 * @throws {OperationError} at rows that are damaged
 * @throws the signal's reason, when it is aborted
 */
export function* rowsOf(reader: TableReader, { run, status, signal }: Selection): Generator<Row> {
  for (const { firstRow, rows, bytes } of reader.blocks()) {
    signal.throwIfAborted();
    for (let index = 0; index < rows; index++) {
      const row = decodeRow(bytes, index * ROW_BYTES);
      if (run === undefined || row.run === run) yield row;
    }
    status(`read ${count(firstRow + rows)} of ${count(reader.rows)}`);
  }
}
