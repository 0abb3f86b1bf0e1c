/**
 * A row of the table `/SlowSignal/ledger`, little-endian and without gaps:
 *
 * | column | type | what |
 * |---|---|---|
 * | cpu_t | f64 | when the counters were read, Unix s (UTC) |
 * | SECTION_COUNTER | u64 | every counter of `COUNTERS`, in that order; 0 where it is not known |
 * | daemon_run | u64 | the run whose daemon the sections packets to events are of; 0 if not known |
 * | start | u64 | when the recorder was started, Unix s: it begins to count from 0 there |
 *
 * @module
 */

import { COUNTERS, type Ledger, type LedgerSection, newLedger } from "../ledger.ts";

/** Path of the table in its file. */
export const LEDGER_PATH = "/SlowSignal/ledger";

const SECTIONS = Object.keys(COUNTERS) as LedgerSection[];

/** Every counter, in the order of the columns. */
export const LEDGER_COUNTERS: readonly { section: LedgerSection; name: string; column: string }[] =
  SECTIONS.flatMap((section) =>
    Object.keys(COUNTERS[section]).map((name) => ({ section, name, column: `${section}_${name}` }))
  );

/** Columns in their order; each has 8 bytes. */
export const LEDGER_COLUMNS: readonly string[] = [
  "cpu_t",
  ...LEDGER_COUNTERS.map(({ column }) => column),
  "daemon_run",
  "start",
];

/** Size of one row. */
export const LEDGER_ROW_BYTES = LEDGER_COLUMNS.length * 8;

/** Counters, and whose they are. */
export interface Account {
  /** Sections that are not known are left out. */
  ledger: Partial<Ledger>;
  /** The run whose daemon its counters are of. @default unknown */
  daemonRun?: bigint;
}

/** One row. */
export interface LedgerRow {
  /** When, Unix s (UTC). */
  time: number;
  /** All sections; 0 where a counter is not known. */
  ledger: Ledger;
  /** 0 when the daemon's counters are not known. */
  daemonRun: bigint;
  /** When the recorder was started, Unix s. */
  start: number;
}

/** The values of the counters in the order of the columns; 0 for those that are not known. */
export function counterValues(ledger: Partial<Ledger>): number[] {
  const sections = ledger as Partial<Record<LedgerSection, Record<string, number>>>;
  return LEDGER_COUNTERS.map(({ section, name }) => sections[section]?.[name] ?? 0);
}

/** The ledger that has these values. */
export function ledgerOfValues(values: readonly (number | bigint)[]): Ledger {
  const ledger: Record<string, Record<string, number>> = newLedger(...SECTIONS);
  LEDGER_COUNTERS.forEach(({ section, name }, index) => {
    ledger[section][name] = Number(values[index]);
  });
  return ledger as Ledger;
}

/** Encodes a row. `time` and `start` are in Unix s (UTC). */
export function encodeLedgerRow(
  { ledger, daemonRun = 0n }: Account,
  time: number,
  start: number,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(LEDGER_ROW_BYTES));
  view.setFloat64(0, time, true);
  const values = [...counterValues(ledger).map(BigInt), daemonRun, BigInt(start)];
  values.forEach((value, index) => view.setBigUint64(8 + 8 * index, value, true));
  return new Uint8Array(view.buffer);
}

/** Decodes the row that starts at a byte offset. */
export function decodeLedgerRow(bytes: Uint8Array, at = 0): LedgerRow {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, LEDGER_ROW_BYTES);
  const values = Array.from(
    { length: LEDGER_COLUMNS.length - 1 },
    (_, index) => view.getBigUint64(8 + 8 * index, true),
  );
  const counters = LEDGER_COUNTERS.length;
  return {
    time: view.getFloat64(0, true),
    ledger: ledgerOfValues(values),
    daemonRun: values[counters],
    start: Number(values[counters + 1]),
  };
}
