import type { TableReader } from "../../../lib/recording/read/table_reader.ts";
import {
  decodeLedgerRow,
  LEDGER_ROW_BYTES,
  type LedgerRow,
} from "../../../lib/recording/table/ledger_row.ts";

/** Rows of a ledger that are read at once: one hour. */
const ROWS_AT_ONCE = 3600;

/**
 * What the recorders of some files missed. Each file has its recorder's counters in its ledger;
 * files that were open at the same time have the same counters. `unstored` is in no file.
 */
export class RecorderCounters {
  /** By recorder. */
  readonly #missed = new Map<number, number>();
  /** For recorders without an epoch, in files of earlier versions. */
  #ended = 0;
  #last = { start: NaN, missed: 0 };

  /** Adds the ledger of a file. Add files of earlier versions in the order of their writing. */
  add(reader: TableReader): void {
    for (let first = 0; first < reader.ledgerRows; first += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, reader.ledgerRows - first);
      const bytes = reader.readLedger(first, rows);
      for (let index = 0; index < rows; index++) {
        this.#addRow(decodeLedgerRow(bytes, index * LEDGER_ROW_BYTES));
      }
    }
  }

  /** The sum over all recorders. */
  get missed(): number {
    const known = [...this.#missed.values()].reduce((sum, missed) => sum + missed, 0);
    return known + this.#ended + this.#last.missed;
  }

  #addRow({ start, recorderEpoch, ledger: { recorder: { missed } } }: LedgerRow): void {
    if (recorderEpoch !== 0) {
      const before = this.#missed.get(recorderEpoch) ?? 0;
      this.#missed.set(recorderEpoch, Math.max(before, missed));
      return;
    }
    // A recorder begins at 0, even if it starts in the same second as another.
    if (start !== this.#last.start || missed < this.#last.missed) {
      this.#ended += this.#last.missed;
    }
    this.#last = { start, missed };
  }
}
