import type { TableReader } from "../../lib/writer/table_reader.ts";
import { decodeLedgerRow, LEDGER_ROW_BYTES } from "../../lib/writer/ledger_row.ts";

/** Rows of a ledger that are read at once: an hour. */
const ROWS_AT_ONCE = 3600;

/**
 * What the recorders of some files missed; each file's ledger has their counters. What they could not
 * write it does not have.
 */
export class RecorderCounters {
  #ended = 0;
  #last = { start: NaN, missed: 0 };

  /** Adds the ledger of a file; files in the order in which they were written. */
  add(reader: TableReader): void {
    for (let first = 0; first < reader.ledgerRows; first += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, reader.ledgerRows - first);
      const bytes = reader.readLedger(first, rows);
      for (let index = 0; index < rows; index++) {
        const { start, ledger } = decodeLedgerRow(bytes, index * LEDGER_ROW_BYTES);
        this.#addRow(start, ledger.recorder.missed);
      }
    }
  }

  /** Of all recorders together. */
  get missed(): number {
    return this.#ended + this.#last.missed;
  }

  #addRow(start: number, missed: number): void {
    // A recorder begins from 0, even one that is started in the same second.
    if (start !== this.#last.start || missed < this.#last.missed) this.#ended = this.missed;
    this.#last = { start, missed };
  }
}
