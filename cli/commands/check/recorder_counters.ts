import type { TableReader } from "../../../lib/recording/read/table_reader.ts";
import {
  decodeLedgerRow,
  LEDGER_ROW_BYTES,
  type LedgerRow,
} from "../../../lib/recording/table/ledger_row.ts";

/** Rows of a ledger that are read at once: an hour. */
const ROWS_AT_ONCE = 3600;

/**
 * What the recorders of some files missed; each file's ledger has their counters, and those of files
 * that were open at once have the same. What they could not write no file has.
 */
export class RecorderCounters {
  /** By recorder. */
  readonly #missed = new Map<number, number>();
  /** Of recorders that are not told apart, as in files of earlier versions. */
  #ended = 0;
  #last = { start: NaN, missed: 0 };

  /** Adds the ledger of a file; files of earlier versions in the order in which they were written. */
  add(reader: TableReader): void {
    for (let first = 0; first < reader.ledgerRows; first += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, reader.ledgerRows - first);
      const bytes = reader.readLedger(first, rows);
      for (let index = 0; index < rows; index++) {
        this.#addRow(decodeLedgerRow(bytes, index * LEDGER_ROW_BYTES));
      }
    }
  }

  /** Of all recorders together. */
  get missed(): number {
    const told = [...this.#missed.values()].reduce((sum, missed) => sum + missed, 0);
    return told + this.#ended + this.#last.missed;
  }

  #addRow({ start, recorderEpoch, ledger: { recorder: { missed } } }: LedgerRow): void {
    if (recorderEpoch !== 0) {
      const before = this.#missed.get(recorderEpoch) ?? 0;
      this.#missed.set(recorderEpoch, Math.max(before, missed));
      return;
    }
    // A recorder begins from 0, even one that is started in the same second.
    if (start !== this.#last.start || missed < this.#last.missed) {
      this.#ended += this.#last.missed;
    }
    this.#last = { start, missed };
  }
}
