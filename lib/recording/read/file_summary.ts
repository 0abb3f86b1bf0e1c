import { itemAt } from "../../item_at.ts";
import { SLOTS, slotsOf } from "../../wire/camera.ts";
import { EventFlag } from "../../wire/event.ts";
import { type RunId, runKey } from "../../wire/run_id.ts";
import type { Row } from "../table/row.ts";

/** The events of one run in a file. */
export interface RunSummary extends RunId {
  events: number;
  firstNumber: bigint;
  lastNumber: bigint;
  /** Number of event numbers that are missing between first and last. */
  missing: number;
  complete: number;
  /** Number of events with each slot. */
  bySlot: number[];
  /** Events closed by their deadline, evicted, or first after a TACK reset. */
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

/** Summarises each run in a file's rows. */
export class FileSummary {
  readonly #byRun = new Map<bigint, RunSummary>();

  /** Adds the next row. */
  add(row: Row): void {
    const key = runKey(row);
    const summary = this.#byRun.get(key) ?? newSummary(row);
    this.#byRun.set(key, summary);
    addRow(summary, row);
  }

  /** The runs in order of appearance. */
  get runs(): RunSummary[] {
    return [...this.#byRun.values()];
  }
}

function newSummary({ run, epoch, number, timestampNs, receiveTime }: Row): RunSummary {
  return {
    run,
    epoch,
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
  for (const slot of slotsOf(row.mask)) summary.bySlot[slot] = itemAt(summary.bySlot, slot) + 1;
  summary.lastTimestampNs = row.timestampNs;
  summary.lastReceiveTime = row.receiveTime;
}
