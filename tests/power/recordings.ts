/** Recordings whose steps on the disk are noted. */

import { EventWriter, type EventWriterOptions } from "../../lib/recording/write/event_writer.ts";
import { TableFile } from "../../lib/recording/write/table_file.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { inFolder, makeEvent } from "../lib/recording/fixtures.ts";
import { replaced } from "../replaced.ts";
import type { DiskLog } from "./disk_log.ts";
import { DiskRecorder } from "./disk_recorder.ts";

/** An attribute of each recording. */
export const HOST = "power";

/** What is recorded. */
export interface RecordingOptions
  extends Pick<EventWriterOptions, "destination" | "compression" | "sync"> {
  /** The first and the last event. */
  first?: number;
  last: number;
  /** Events each time. */
  rate?: number;
  /** Milliseconds between two times. */
  intervalMs?: number;
}

/** Records, and notes each step. The events that the writer counts as synced are noted too. */
export async function recordSteps(
  folder: string,
  options: RecordingOptions,
): Promise<DiskLog> {
  const { first = 1, last, rate = 5, intervalMs = 500, ...writerOptions } = options;
  using disk = new DiskRecorder(folder);
  using _counting = countSynced(disk);
  const writer = await EventWriter.open({
    provenance: { host: HOST, started: "2024-01-31T23:59:59Z" },
    account: () => ({ ledger: {} }),
    now: () => new Date(1_700_000_000_000),
    ...writerOptions,
  });
  let nowMs = 0;
  for (let number = first; number <= last; number += rate) {
    const numbers = Array.from(
      { length: Math.min(rate, last - number + 1) },
      (_, index) => number + index,
    );
    writer.write(numbers.map((number) => noisyEvent(number)), nowMs);
    writer.tick(nowMs += intervalMs);
  }
  await writer.close();
  return disk.log;
}

/** The steps of a new recording in a folder of its own. */
export function stepsOf(
  makeOptions: (folder: string) => RecordingOptions,
): Promise<DiskLog> {
  return inFolder((folder) => recordSteps(folder, makeOptions(folder)));
}

/** An event with noise that compresses as badly as a camera's. */
export function noisyEvent(number: number) {
  const event = makeEvent(number);
  for (let slot = 0; slot < 31; slot++) {
    if (slot === 5) continue;
    event.module(slot).forEach((_, line, module) => {
      module[line] = Math.fround(((number * 7919 + slot * 104729 + line * 1299709) % 4093) * 0.03);
    });
  }
  return event;
}

/** Notes each event of a file when the file was flushed or closed without an error. */
function countSynced(disk: DiskRecorder): Disposable {
  const { append, flush, close } = TableFile.prototype;
  const appended = new WeakMap<TableFile, number[]>();
  const count = (file: TableFile) => {
    for (const number of appended.get(file)?.splice(0) ?? []) disk.counted(number);
  };
  const stack = new DisposableStack();
  stack.use(replaced(TableFile.prototype, "append", function (this: TableFile, bytes) {
    append.call(this, bytes);
    const numbers = appended.get(this) ?? [];
    appended.set(this, numbers);
    const from = Number(this.last?.number ?? 0n) - bytes.length / 8764 + 1;
    for (let number = from; number <= Number(this.last?.number ?? 0n); number++) {
      numbers.push(number);
    }
  }));
  stack.use(replaced(TableFile.prototype, "flush", function (this: TableFile) {
    flush.call(this);
    count(this);
  }));
  stack.use(
    replaced(TableFile.prototype, "close", function (this: TableFile, totals?: Partial<Ledger>) {
      close.call(this, totals);
      count(this);
    }),
  );
  return stack;
}
