/**
 * Finds where an interrupted recording continues.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { checkPlainFile, kindOf } from "../../files/file_kind.ts";
import { type Log, StageLog } from "../../notice.ts";
import { type LastEvent, runKey } from "../../wire/run_id.ts";
import { isUnclosed } from "../hdf5/superblock.ts";
import { journalPath } from "../journal/journal.ts";
import { TableReader } from "../read/table_reader.ts";
import { repairFile, type RepairReport } from "../repair/repair.ts";
import { repairText } from "../repair/repair_text.ts";
import { ROW_BYTES } from "../table/columns.ts";
import { decodeRow } from "../table/row.ts";
import { type Destination, type FolderDestination, folderFailure } from "./destination.ts";
import { isFileName } from "./file_name.ts";
import { readResumeMark } from "./resume_mark.ts";

/** Maximum number of runs of a folder that are continued: those with the newest events. */
const MAX_RUNS = 1024;

/**
 * Repairs what an interrupted recording left, and finds the last event of each run that it stored,
 * for the listener's option `after`. In a folder these are the highest numbers over all its files.
 * A file that cannot be repaired, is in use, or is not a plain file is logged and not changed.
 *
 * Events stored in files that are not in the folder any longer count too, if they are in the
 * folder's resume mark (see `resume_mark.ts`).
 *
 * @param log gets notices of repairs
 * @returns the last event of each run, oldest first, for at most 1024 runs; empty if there is
 * nothing to continue
 * @throws {OperationError} if the single file cannot be repaired
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
 * Messages in the readout format have no run, and are stored as run 0. Numbers of another daemon
 * would look like repetitions.
 */
function hasRun({ run }: LastEvent): boolean {
  return run !== 0n;
}

function tellRepair(report: RepairReport, log: StageLog): void {
  const { path, rows, lostRows, leftOutRows, salvaged } = report;
  log[lostRows === 0 && leftOutRows === 0 && salvaged === undefined ? "info" : "warning"](
    repairText(report),
    {
      fields: { path, rows, lostRows },
    },
  );
}

async function resumeFolder(
  { folder, prefix }: FolderDestination,
  log: StageLog,
): Promise<readonly LastEvent[]> {
  const lastByRun = new Map<bigint, LastRow>();
  for (const path of filesIn(folder, prefix)) {
    try {
      checkPlainFile(path);
      const row = await lastRowAfterRepair(path, log).catch((error) => {
        throw new Error(`${messageOf(error)}; its events may be stored again`);
      });
      if (row === undefined || row.number <= (lastByRun.get(runKey(row))?.number ?? 0n)) continue;
      lastByRun.set(runKey(row), row);
    } catch (error) {
      const message = messageOf(error);
      log.warning(`not changed: ${message.includes(path) ? message : `${path}: ${message}`}`);
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
      `${file} is no longer in ${folder}: its events of run ${marked.run}, up to event ` +
        `${marked.number}, are not stored again; to store them again, remove .${prefix}.resume`,
      { fields: { file, run: marked.run, number: marked.number } },
    );
  }
  return events.filter(hasRun).slice(-MAX_RUNS);
}

/**
 * The same as {@linkcode lastRowOf}, after a repair if one is needed. What a power cut tore may only
 * show when the file is read.
 */
async function lastRowAfterRepair(path: string, log: StageLog): Promise<LastRow | undefined> {
  if (needsRepair(path)) await tryToRepair(path, log);
  else {
    try {
      return await lastRowOf(path);
    } catch {
      tellRepair(await repairFile(path), log);
    }
  }
  return await lastRowOf(path);
}

/**
 * A file that cannot be repaired now, for example because a program reads it, may still be
 * readable.
 */
async function tryToRepair(path: string, log: StageLog): Promise<void> {
  try {
    tellRepair(await repairFile(path), log);
  } catch (error) {
    log.warning(`not repaired: ${messageOf(error)}`);
  }
}

/** Whether its recorder was killed, or the power failed, so that it is unclosed or has a journal. */
function needsRepair(path: string): boolean {
  if (kindOf(journalPath(path)) !== "absent") return true;
  try {
    return isUnclosed(path);
  } catch {
    // Its first block is damaged, or it is no recording: the attempt to read it tells.
    return false;
  }
}

interface LastRow extends LastEvent {
  /** Unix s. */
  receiveTime: number;
}

/** Number of chunks at the end of a file that are checked: a few events may be out of order. */
const LAST_CHUNKS = 8;

/**
 * The event with the highest number in a file of a folder (such a file has one run); undefined if
 * it is empty. It is among the last rows; if those are damaged, among the last readable ones.
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
    throw folderFailure(folder, error);
  }
}
