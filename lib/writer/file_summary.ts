import { SLOTS, slotsOf } from "../camera.ts";
import { EventFlag } from "../event.ts";
import { decodeRow, type Row, ROW_BYTES } from "./row.ts";
import type { TableReader } from "./table_reader.ts";

/** The events of one run in a file. */
export interface RunSummary {
  run: bigint;
  events: number;
  firstNumber: bigint;
  lastNumber: bigint;
  /** Event numbers between first and last that are not there. */
  missing: number;
  complete: number;
  /** Events of each slot. */
  bySlot: number[];
  /** Events that were closed by their deadline, evicted, or came first after a TACK reset. */
  deadline: number;
  evicted: number;
  resets: number;
  /** TACK times of the first and the last event, ns. */
  firstTimestampNs: bigint;
  lastTimestampNs: bigint;
  /** Receive times of the first and the last event, Unix s (UTC). */
  firstReceiveTime: number;
  lastReceiveTime: number;
}

/** Who is told of what while a file is summed up. */
export interface SummaryWatch {
  /** Given every row. @default nobody is */
  onRow?: (row: Row) => void;
  /** Told how many rows have been read, now and then. @default nobody is */
  onProgress?: (rows: number) => void;
}

/** Sums up each run in a file, in the order in which they come. */
export function summarizeFile(
  reader: TableReader,
  { onRow = () => {}, onProgress = () => {} }: SummaryWatch = {},
): RunSummary[] {
  const byRun = new Map<bigint, RunSummary>();
  for (const { firstRow, rows, bytes } of reader.blocks()) {
    for (let index = 0; index < rows; index++) {
      const row = decodeRow(bytes, index * ROW_BYTES);
      const summary = byRun.get(row.run) ?? newSummary(row);
      byRun.set(row.run, summary);
      addRow(summary, row);
      onRow(row);
    }
    onProgress(firstRow + rows);
  }
  return [...byRun.values()];
}

function newSummary({ run, number, timestampNs, receiveTime }: Row): RunSummary {
  return {
    run,
    events: 0,
    firstNumber: number,
    lastNumber: number,
    missing: 0,
    complete: 0,
    bySlot: new Array<number>(SLOTS).fill(0),
    deadline: 0,
    evicted: 0,
    resets: 0,
    firstTimestampNs: timestampNs,
    lastTimestampNs: timestampNs,
    firstReceiveTime: receiveTime,
    lastReceiveTime: receiveTime,
  };
}

function addRow(summary: RunSummary, row: Row): void {
  const has = (flag: number) => (row.flags & flag) === 0 ? 0 : 1;
  summary.events++;
  summary.lastNumber = row.number;
  summary.missing = Number(row.number - summary.firstNumber) + 1 - summary.events;
  summary.complete += has(EventFlag.complete);
  summary.deadline += has(EventFlag.deadline);
  summary.evicted += has(EventFlag.evicted);
  summary.resets += has(EventFlag.reset);
  for (const slot of slotsOf(row.mask)) summary.bySlot[slot]++;
  summary.lastTimestampNs = row.timestampNs;
  summary.lastReceiveTime = row.receiveTime;
}
