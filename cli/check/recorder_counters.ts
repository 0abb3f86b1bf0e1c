import type { TableReader } from "../../lib/writer/table_reader.ts";
import { decodeLedgerRow, LEDGER_ROW_BYTES } from "../../lib/writer/ledger_row.ts";

/** Rows of a ledger that are read at once: an hour. */
const ROWS_AT_ONCE = 3600;

/** What the recorders of some files said they did not store; each file's ledger has their counters. */
export class RecorderCounters {
  #ended = { missed: 0, unstored: 0 };
  #last = { start: NaN, missed: 0, unstored: 0 };

  /** Adds the ledger of a file; files in the order in which they were written. */
  add(reader: TableReader): void {
    for (let first = 0; first < reader.ledgerRows; first += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, reader.ledgerRows - first);
      const bytes = reader.readLedger(first, rows);
      for (let index = 0; index < rows; index++) {
        const { start, ledger } = decodeLedgerRow(bytes, index * LEDGER_ROW_BYTES);
        this.#addRow(start, ledger.recorder.missed, ledger.recorder.unstored);
      }
    }
  }

  /** Of all recorders, each one's last counters. */
  get total(): { missed: number; unstored: number } {
    return {
      missed: this.#ended.missed + this.#last.missed,
      unstored: this.#ended.unstored + this.#last.unstored,
    };
  }

  #addRow(start: number, missed: number, unstored: number): void {
    const last = this.#last;
    // A recorder begins from 0, even one that is started in the same second.
    if (start !== last.start || missed < last.missed || unstored < last.unstored) {
      this.#ended = this.total;
    }
    this.#last = { start, missed, unstored };
  }
}
