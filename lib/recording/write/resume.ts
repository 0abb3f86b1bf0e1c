/**
 * Where a recording goes on that was interrupted.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf, OperationError } from "../../errors.ts";
import { type Log, StageLog } from "../../notice.ts";
import { checkPlainFile, kindOf } from "../../files/file_kind.ts";
import { type LastEvent, runKey } from "../../wire/run_id.ts";
import type { Destination, FolderDestination } from "./destination.ts";
import { isFileName } from "./file_name.ts";
import { repairFile, type RepairReport } from "../repair/repair.ts";
import { readResumeMark } from "./resume_mark.ts";
import { ROW_BYTES } from "../table/columns.ts";
import { decodeRow } from "../table/row.ts";
import { decodeSuperblock, readHead } from "../hdf5/superblock.ts";
import { TableReader } from "../read/table_reader.ts";

/** Runs of a folder that are continued: those that had an event last. */
const MAX_RUNS = 1024;

/**
 * Repairs what an interrupted recording left, and finds the last event that it stored of each run:
 * what the listener takes as `after`. In a folder these are the highest numbers over all its files;
 * one that cannot be repaired, or that lives, or is no plain file, is logged and left alone.
 *
 * What was stored in files that are not there any more counts too, as far as the folder's mark tells
 * (see `resume_mark.ts`).
 *
 * @param log told what was repaired
 * @returns the last event of each run, oldest first, of at most 1024 runs; empty when there is
 * nothing to go on from
 * @throws {OperationError} when the one file cannot be repaired
 */
export async function resumePoint(
  destination: Destination,
  log?: Log,
): Promise<readonly LastEvent[]> {
  const stageLog = new StageLog("recording", log);
  if (!("file" in destination)) return await resumeFolder(destination, stageLog);
  if (kindOf(destination.file) === "absent") return [];
  const report = await repairFile(destination.file);
  if (report.wasDamaged) tellRepair(report, stageLog);
  return report.lastEvents.filter(hasRun);
}

/**
 * Messages of the readout format have no run, and are stored as run 0: the numbers of another daemon
 * would seem to have come before.
 */
function hasRun({ run }: LastEvent): boolean {
  return run !== 0n;
}

/** What a repair came to, in a line. */
export function repairText(report: RepairReport): string {
  const { path, wasDamaged, rows, lostRows } = report;
  if (!wasDamaged) return `${path}: nothing to repair, ${rows} events`;
  return `${path}: repaired, ${rows} events, ` +
    (lostRows === 0 ? "none lost" : `${lostRows} at the end could not be read and were cut off`);
}

function tellRepair(report: RepairReport, log: StageLog): void {
  const { path, rows, lostRows } = report;
  log[lostRows === 0 ? "info" : "warning"](repairText(report), {
    fields: { path, rows, lostRows },
  });
}

async function resumeFolder(
  { folder, prefix }: FolderDestination,
  log: StageLog,
): Promise<readonly LastEvent[]> {
  const lastByRun = new Map<bigint, LastRow>();
  for (const path of filesIn(folder, prefix)) {
    try {
      checkPlainFile(path);
      if (isUnclosed(path)) await tryToRepair(path, log);
      const row = await lastRowOf(path).catch((error) => {
        throw new Error(`${messageOf(error)}; its events may be stored again`);
      });
      if (row === undefined || row.number <= (lastByRun.get(runKey(row))?.number ?? 0n)) continue;
      lastByRun.set(runKey(row), row);
    } catch (error) {
      const message = messageOf(error);
      log.warning(`left alone: ${message.includes(path) ? message : `${path}: ${message}`}`);
    }
  }
  const rows = [...lastByRun.values()].sort((a, b) => a.receiveTime - b.receiveTime);
  const events = rows.map(({ run, epoch, number }): LastEvent => ({ run, epoch, number }));
  const gone = readResumeMark(folder, prefix, log).filter(({ file }) =>
    kindOf(join(folder, file)) === "absent"
  );
  for (const { file, ...marked } of gone) {
    const known = events.find((event) => runKey(event) === runKey(marked));
    if (known !== undefined) {
      if (known.number >= marked.number) continue;
      events.splice(events.indexOf(known), 1);
    }
    events.push(marked);
    log.warning(
      `${file} is not in ${folder} any more: what it had of run ${marked.run}, up to event ` +
        `${marked.number}, is not stored again; to have it again, remove .${prefix}.resume there`,
      { fields: { file, run: marked.run, number: marked.number } },
    );
  }
  return events.filter(hasRun).slice(-MAX_RUNS);
}

/** What cannot be repaired now, as somebody reads it, may be read all the same. */
async function tryToRepair(path: string, log: StageLog): Promise<void> {
  try {
    tellRepair(await repairFile(path), log);
  } catch (error) {
    log.warning(`left as it is: ${messageOf(error)}`);
  }
}

interface LastRow extends LastEvent {
  /** Unix s. */
  receiveTime: number;
}

/** Chunks at the end of a file that are looked at: a few events may have come late. */
const LAST_CHUNKS = 8;

/**
 * The event of the highest number in a file of a folder, where each has one run; undefined when it has
 * none. It is among the last rows, or where those are damaged, among the last that can be read.
 */
async function lastRowOf(path: string): Promise<LastRow | undefined> {
  using reader = await TableReader.open(path);
  const { chunkRows } = reader;
  let highest: LastRow | undefined;
  let failure: unknown;
  let chunksRead = 0;
  const lastChunk = Math.ceil(reader.rows / chunkRows) - 1;
  for (let chunk = lastChunk; chunk >= 0 && chunksRead < LAST_CHUNKS; chunk--) {
    try {
      const firstRow = chunk * chunkRows;
      const count = Math.min(chunkRows, reader.rows - firstRow);
      const bytes = reader.read(firstRow, count);
      for (let row = 0; row < count; row++) {
        const event = decodeRow(bytes, row * ROW_BYTES);
        if (highest === undefined || event.number > highest.number) highest = event;
      }
      chunksRead++;
    } catch (error) {
      failure = error;
    }
  }
  if (highest === undefined && failure !== undefined) throw failure;
  return highest;
}

function filesIn(folder: string, prefix: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => isFileName(name, prefix))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    throw new OperationError(`cannot look into ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

function isUnclosed(path: string): boolean {
  return decodeSuperblock(readHead(path)).flags !== 0;
}
