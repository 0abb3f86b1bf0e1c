/**
 * A file that gets its name only when it is complete.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { messageOf, reasonOf } from "../errors.ts";
import type { StageLog } from "../notice.ts";
import { kindOf } from "./file_kind.ts";
import { tryLock } from "./file_lock.ts";

/**
 * A file `.NAME.new` beside its later place. A kill leaves either it, which the next draft of that
 * name replaces and {@linkcode clearDrafts} removes, or the complete file; never a part under the
 * name.
 */
export class DraftFile {
  /** Where it is for now. */
  readonly draftPath: string;
  /** Where it will be. */
  readonly path: string;
  /** The file, open for reading and writing, and locked exclusively. */
  readonly file: Deno.FsFile;

  /**
   * Creates it.
   *
   * @throws {Deno.errors.AlreadyExists} when another process is making a file of this name, or
   * something that is no file is in its place
   */
  constructor(path: string) {
    this.path = path;
    this.draftPath = join(dirname(path), draftNameOf(basename(path)));
    removeAbandoned(this.draftPath);
    this.file = Deno.openSync(this.draftPath, { read: true, write: true, createNew: true });
    // Between creation and lock another process may have taken it for abandoned.
    if (!tryLock(this.file, "exclusive") || !isSame(this.file, this.draftPath)) {
      this.file.close();
      throw new Deno.errors.AlreadyExists(`${this.draftPath} is in use`);
    }
  }

  /**
   * Gives it its name, atomically.
   *
   * @param replace replaces a file of that name: who reads that can go on
   * @throws {Deno.errors.AlreadyExists} when there is one and it may not be replaced
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
      // No hard links here: the name is taken first, and for a moment it is an empty file's.
      Deno.openSync(this.path, { write: true, createNew: true }).close();
      Deno.renameSync(this.draftPath, this.path);
      return;
    }
    Deno.removeSync(this.draftPath);
  }

  /** Removes it. */
  discard(): void {
    this.file.close();
    removeIfThere(this.draftPath);
  }
}

/**
 * Removes drafts in a folder that killed processes left; those that a living one is making stay.
 *
 * @param isOurs which files' drafts, by the names that they would get
 * @param log told of what cannot be removed
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
      log.warning(`left alone: ${messageOf(error)}`);
    }
  }
}

const DRAFT_NAME = /^\.(.+)\.new$/s;

function notPlain(draftPath: string): Error {
  return new Deno.errors.AlreadyExists(`${draftPath} is no plain file; remove it`);
}

function draftNameOf(name: string): string {
  return `.${name}.new`;
}

/** Removes what a killed process left. It may be another name of a finished file, so is not reused. */
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
    if (isSame(file, draftPath)) removeIfThere(draftPath);
  } finally {
    file.close();
  }
}

function isSame(file: Deno.FsFile, path: string): boolean {
  const { dev, ino } = file.statSync();
  try {
    const there = Deno.statSync(path);
    return there.dev === dev && there.ino === ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
