/**
 * A file that gets its name only when it is complete.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { messageOf, reasonOf } from "../errors.ts";
import type { StageLog } from "../notice.ts";
import { stoppingPoint } from "../stopping_point.ts";
import { kindOf } from "./file_kind.ts";
import { tryLock } from "./file_lock.ts";
import { isSameFile } from "./same_file.ts";

/**
 * A file `.NAME.new` beside its final path. After a kill there is either this draft or the complete
 * file, never a part under the final name. The next draft with that name replaces an old one, and
 * {@linkcode clearDrafts} removes it.
 */
export class DraftFile {
  /** Its path as a draft. */
  readonly draftPath: string;
  /** Its final path. */
  readonly path: string;
  /** The file, open for reading and writing, and locked exclusively. */
  readonly file: Deno.FsFile;

  /**
   * Creates the draft.
   *
   * @throws {Deno.errors.AlreadyExists} if another process is making this file, or if the draft's
   * path is not a plain file
   */
  constructor(path: string) {
    this.path = path;
    this.draftPath = join(dirname(path), draftNameOf(basename(path)));
    removeAbandoned(this.draftPath);
    this.file = Deno.openSync(this.draftPath, { read: true, write: true, createNew: true });
    // Between creation and lock, another process may have removed it as abandoned.
    if (!tryLock(this.file, "exclusive") || !isSameFile(this.file, this.draftPath)) {
      this.file.close();
      throw new Deno.errors.AlreadyExists(`${this.draftPath} is in use`);
    }
  }

  /**
   * Gives the file its final name, atomically.
   *
   * @param replace replaces an existing file. Programs that have it open can continue.
   * @throws {Deno.errors.AlreadyExists} if the file exists and must not be replaced
   */
  publish(replace: boolean): void {
    if (replace) {
      Deno.renameSync(this.draftPath, this.path);
      return;
    }
    try {
      Deno.linkSync(this.draftPath, this.path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) throw error;
      // No hard links here: the name is taken first, by an empty file for a moment.
      Deno.openSync(this.path, { write: true, createNew: true }).close();
      try {
        Deno.renameSync(this.draftPath, this.path);
      } catch (error) {
        Deno.removeSync(this.path);
        throw error;
      }
      return;
    }
    stoppingPoint("file.linked");
    Deno.removeSync(this.draftPath);
  }

  /** Removes the draft. */
  discard(): void {
    this.file.close();
    removeIfThere(this.draftPath);
  }
}

/**
 * Removes drafts that killed processes left in a folder. Drafts of running processes stay.
 *
 * @param isOurs whether a draft belongs to us, by its final name
 * @param log gets a warning for each draft that cannot be removed
 */
export function clearDrafts(
  folder: string,
  isOurs: (name: string) => boolean,
  log: StageLog,
): void {
  let draftNames: string[] = [];
  try {
    draftNames = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    log.warning(`cannot look for drafts in ${folder}: ${reasonOf(error)}`);
  }
  for (const draftName of draftNames) {
    const [, name] = DRAFT_NAME.exec(draftName) ?? [];
    if (name === undefined || !isOurs(name)) continue;
    const path = join(folder, draftName);
    try {
      removeAbandoned(path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists && kindOf(path) === "file") continue;
      log.warning(`not removed: ${messageOf(error)}`);
    }
  }
}

const DRAFT_NAME = /^\.(.+)\.new$/s;

function notPlain(draftPath: string): Error {
  return new Deno.errors.AlreadyExists(`${draftPath} is not a plain file; remove it`);
}

function draftNameOf(name: string): string {
  return `.${name}.new`;
}

/**
 * Removes what a killed process left. It may be another name of a finished file, so it is not
 * reused.
 */
function removeAbandoned(draftPath: string): void {
  let file: Deno.FsFile;
  const kind = kindOf(draftPath);
  if (kind === "absent") return;
  if (kind !== "file") throw notPlain(draftPath);
  try {
    file = Deno.openSync(draftPath);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  try {
    if (!tryLock(file, "exclusive")) {
      throw new Deno.errors.AlreadyExists(`${draftPath} is being written`);
    }
    if (isSameFile(file, draftPath)) removeIfThere(draftPath);
  } finally {
    file.close();
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
