/** What is left of a recording after a power cut. */

import { messageOf } from "../../lib/errors.ts";
import { repairFile } from "../../lib/recording/repair/repair.ts";
import { TableReader } from "../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../lib/recording/table/columns.ts";
import { eventIn } from "../../lib/recording/table/row.ts";
import { replaced } from "../replaced.ts";
import type { DiskLog, DiskStep } from "./disk_log.ts";
import { DiskRecorder } from "./disk_recorder.ts";
import { cutPower, type DiskState } from "./power_cut.ts";
import { HOST } from "./recordings.ts";

/** What repair found. */
export interface Aftermath {
  /** Events in the repaired files, in order of files and rows. */
  numbers: number[];
  /** Why files could not be repaired. */
  refusals: string[];
  /** Events that were counted as synced, and are in no file. */
  lost: number[];
  /** Number of events that the tables had before the repair added others that it found. */
  inTables: number;
  /** Files that were written anew, because they were torn. */
  salvaged: string[];
  /** Files without an attribute that each recording has. */
  nameless: string[];
}

/** What is there after a process was killed: all that it did. */
export function killedAfter({ start, steps }: DiskLog, count: number): DiskState {
  const done = steps.slice(0, count);
  const files = new Set<number>(start.contents.keys());
  for (const step of done) if ("file" in step) files.add(step.file);
  const all: DiskStep[] = [
    ...done,
    ...[...files].map((file) => ({ kind: "sync" as const, file })),
    { kind: "syncFolder" },
  ];
  const log = { start, steps: all };
  return cutPower(log, { steps: all.length, pieceBytes: 4096, random: () => 0 });
}

/** Writes a state into an empty folder. */
export function layOut(folder: string, { files }: Pick<DiskState, "files">): void {
  for (const [name, bytes] of files) Deno.writeFileSync(`${folder}/${name}`, bytes);
}

/** Removes all files of a folder. */
export function sweep(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(`${folder}/${name}`);
}

/** Notes what a repair of all files in a folder does to the disk. */
export async function repairSteps(folder: string): Promise<DiskLog> {
  using disk = new DiskRecorder(folder);
  for (const name of recordingsIn(folder)) await repairFile(`${folder}/${name}`);
  return disk.log;
}

function recordingsIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => /^[^.].*\.h5$/.test(name)).sort();
}

/** Repairs each file in a folder, and reads all of them. */
export async function repairAll(
  folder: string,
  { counted }: Pick<DiskState, "counted">,
): Promise<Aftermath> {
  using _fast = withoutWaiting();
  const refusals: string[] = [];
  const numbers: number[] = [];
  const salvaged: string[] = [];
  const nameless: string[] = [];
  let inTables = 0;
  for (const name of recordingsIn(folder)) {
    try {
      const report = await repairFile(`${folder}/${name}`);
      if (report.salvaged !== undefined) salvaged.push(name);
      inTables += report.rows - report.addedRows;
      using reader = await TableReader.open(`${folder}/${name}`);
      numbers.push(...numbersIn(reader));
      if (reader.attributes.host !== HOST) nameless.push(name);
    } catch (error) {
      refusals.push(messageOf(error));
    }
  }
  const found = new Set(numbers);
  const lost = counted.filter((number) => !found.has(number));
  return { numbers, refusals, lost, inTables, salvaged, nameless };
}

function numbersIn(reader: TableReader): number[] {
  return [...reader.blocks()].flatMap(({ rows, bytes }) =>
    Array.from({ length: rows }, (_, row) => Number(eventIn(bytes, row * ROW_BYTES).number))
  );
}

/** The repair need not wait for the disk of the test. */
function withoutWaiting(): Disposable {
  const stack = new DisposableStack();
  stack.use(replaced(Deno.FsFile.prototype, "syncSync", () => {}));
  stack.use(replaced(Deno.FsFile.prototype, "syncDataSync", () => {}));
  return stack;
}
