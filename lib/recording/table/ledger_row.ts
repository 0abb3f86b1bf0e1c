/**
 * A row of the table `/SlowSignal/ledger`, little-endian, without gaps:
 *
 * | column | type | what |
 * |---|---|---|
 * | cpu_t | f64 | when the counters were read, Unix s (UTC) |
 * | SECTION_COUNTER | u64 | every counter of `COUNTERS`, in that order; 0 if unknown |
 * | daemon_run | u64 | the run of the daemon that counted packets to events; 0 if unknown |
 * | start | u64 | when the recorder started, Unix s: its counters were 0 then |
 * | daemon_epoch | u64 | the epoch of `daemon_run`; 0 if unknown |
 * | recorder_epoch | u64 | a random number that the recorder draws at its start |
 *
 * @module
 */

import { itemAt } from "../../item_at.ts";
import { COUNTERS, type Ledger, type LedgerSection, newLedger } from "../../ledger/ledger.ts";

/** Path of the table in its file. */
export const LEDGER_PATH = "/SlowSignal/ledger";

const SECTIONS = Object.keys(COUNTERS) as LedgerSection[];

/** Every counter, in the order of the columns. */
export const LEDGER_COUNTERS: readonly { section: LedgerSection; name: string; column: string }[] =
  SECTIONS.flatMap((section) =>
    Object.keys(COUNTERS[section]).map((name) => ({ section, name, column: `${section}_${name}` }))
  );

/** Column names in order. Each column has 8 bytes. */
export const LEDGER_COLUMNS: readonly string[] = [
  "cpu_t",
  ...LEDGER_COUNTERS.map(({ column }) => column),
  "daemon_run",
  "start",
  "daemon_epoch",
  "recorder_epoch",
];

/** Size of one row. */
export const LEDGER_ROW_BYTES = LEDGER_COLUMNS.length * 8;

/** Counters, and the run they belong to. */
export interface Account {
  /** Unknown sections are left out. */
  ledger: Partial<Ledger>;
  /** The run of the daemon that counted. @default unknown */
  daemonRun?: bigint | undefined;
  /** The epoch of that run. @default 0, unknown */
  daemonEpoch?: number | undefined;
}

/** Identifies a recorder. */
export interface RecorderId {
  /** When it started, Unix s. */
  start: number;
  /** A random number, because two may start in one second; 0 in files of earlier versions. */
  epoch: number;
}

/** One row. */
export interface LedgerRow {
  /** When, Unix s (UTC). */
  time: number;
  /** All sections; 0 for an unknown counter. */
  ledger: Ledger;
  /** 0 if the daemon's counters are unknown. */
  daemonRun: bigint;
  /** The epoch of that run; 0 if unknown. */
  daemonEpoch: number;
  /** When the recorder started, Unix s. */
  start: number;
  /** See `RecorderId`. */
  recorderEpoch: number;
}

/** The values of the counters in the order of the columns; 0 for unknown ones. */
export function counterValues(ledger: Partial<Ledger>): number[] {
  const sections = ledger as Partial<Record<LedgerSection, Record<string, number>>>;
  return LEDGER_COUNTERS.map(({ section, name }) => sections[section]?.[name] ?? 0);
}

/** The ledger with these values. */
export function ledgerOfValues(values: readonly (number | bigint)[]): Ledger {
  const ledger = newLedger(...SECTIONS);
  const sections: Record<LedgerSection, Record<string, number>> = ledger;
  for (const [index, { section, name }] of LEDGER_COUNTERS.entries()) {
    sections[section][name] = Number(itemAt(values, index));
  }
  return ledger;
}

/** Encodes a row. `time` is in Unix s (UTC). */
export function encodeLedgerRow(
  { ledger, daemonRun = 0n, daemonEpoch = 0 }: Account,
  time: number,
  recorder: RecorderId,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(LEDGER_ROW_BYTES));
  view.setFloat64(0, time, true);
  const values = [
    ...counterValues(ledger).map(BigInt),
    daemonRun,
    ...[recorder.start, daemonEpoch, recorder.epoch].map(BigInt),
  ];
  values.forEach((value, index) => view.setBigUint64(8 + 8 * index, value, true));
  return new Uint8Array(view.buffer);
}

/** Indices of our columns in a ledger with other columns; -1 for missing ones. */
export function ledgerColumnsIn(columns: readonly string[]): readonly number[] | undefined {
  const indices = LEDGER_COLUMNS.map((name) => columns.indexOf(name));
  return indices[0] === -1 ? undefined : indices;
}

/**
 * Converts rows of a ledger with other columns, all of 8 bytes, to the present layout; 0 for
 * missing columns.
 *
 * @param indices from {@linkcode ledgerColumnsIn}
 * @param columns number of columns in its rows
 */
export function withLedgerColumns(
  bytes: Uint8Array,
  indices: readonly number[],
  columns: number,
): Uint8Array<ArrayBuffer> {
  const rows = bytes.length / (8 * columns);
  const result = new Uint8Array(rows * LEDGER_ROW_BYTES);
  for (let row = 0; row < rows; row++) {
    indices.forEach((from, to) => {
      if (from < 0) return;
      const at = 8 * (row * columns + from);
      result.set(bytes.subarray(at, at + 8), row * LEDGER_ROW_BYTES + 8 * to);
    });
  }
  return result;
}

/** Decodes the row that starts at a byte offset. */
export function decodeLedgerRow(bytes: Uint8Array, at = 0): LedgerRow {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, LEDGER_ROW_BYTES);
  const values = Array.from(
    { length: LEDGER_COLUMNS.length - 1 },
    (_, index) => view.getBigUint64(8 + 8 * index, true),
  );
  const others = LEDGER_COUNTERS.length;
  return {
    time: view.getFloat64(0, true),
    ledger: ledgerOfValues(values),
    daemonRun: itemAt(values, others),
    start: Number(itemAt(values, others + 1)),
    daemonEpoch: Number(itemAt(values, others + 2)),
    recorderEpoch: Number(itemAt(values, others + 3)),
  };
}
