/**
 * Where a recording goes on that was interrupted.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf, OperationError } from "../errors.ts";
import type { Destination, FolderDestination } from "./destination.ts";
import { isFileName } from "./file_name.ts";
import { lastEvents, repairFile, type RepairReport } from "./repair.ts";
import { decodeSuperblock, readHead } from "./superblock.ts";

/**
 * Repairs what an interrupted recording left, and finds the last event that it stored of each run:
 * what the listener takes as `after`. In a folder these are the events of the newest file that has
 * any; a file there that cannot be repaired, or that lives, is told of and left alone.
 *
 * @param log told what was repaired
 * @returns the last event number of each run; empty when there is nothing to go on from
 * @throws {OperationError} when the one file cannot be repaired
 */
export async function resumePoint(
  destination: Destination,
  log: (line: string) => void = () => {},
): Promise<Map<bigint, bigint>> {
  if (!("file" in destination)) return await resumeFolder(destination, log);
  if (!isThere(destination.file)) return new Map();
  const report = await repairFile(destination.file);
  if (report.wasDamaged) log(repairText(report));
  return withoutReadouts(report.lastEvents);
}

/**
 * Messages of the readout format have no run, and are stored as run 0: the numbers of another daemon
 * would seem to have come before.
 */
function withoutReadouts(lastEvents: Map<bigint, bigint>): Map<bigint, bigint> {
  lastEvents.delete(0n);
  return lastEvents;
}

/** What a repair came to, in a line. */
export function repairText(report: RepairReport): string {
  const { path, wasDamaged, rows, lostRows } = report;
  if (!wasDamaged) return `${path}: nothing to repair, ${rows} events`;
  return `${path}: repaired, ${rows} events, ` +
    (lostRows === 0 ? "none lost" : `${lostRows} at the end could not be read and were cut off`);
}

async function resumeFolder(
  { folder, prefix }: FolderDestination,
  log: (line: string) => void,
): Promise<Map<bigint, bigint>> {
  let last: Map<bigint, bigint> | undefined;
  for (const path of newestFirst(folder, prefix)) {
    try {
      if (isUnclosed(path)) {
        const report = await repairFile(path);
        log(repairText(report));
        if (report.rows > 0) last ??= report.lastEvents;
      } else if (last === undefined) {
        const stored = await lastEvents(path);
        if (stored.size > 0) last = stored;
      }
    } catch (error) {
      log(`left alone: ${messageOf(error)}`);
    }
  }
  return withoutReadouts(last ?? new Map());
}

function newestFirst(folder: string, prefix: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => isFileName(name, prefix))
      .map((name) => join(folder, name))
      .map((path) => ({ path, writtenMs: Deno.statSync(path).mtime?.getTime() ?? 0 }))
      .sort((a, b) => b.writtenMs - a.writtenMs || (a.path < b.path ? 1 : -1))
      .map(({ path }) => path);
  } catch (error) {
    throw new OperationError(`cannot look into ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

function isUnclosed(path: string): boolean {
  return decodeSuperblock(readHead(path)).flags !== 0;
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
