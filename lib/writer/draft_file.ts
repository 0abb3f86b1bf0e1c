/**
 * A file that gets its name only when it is complete.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { tryLock } from "./file_lock.ts";

/**
 * A file `.NAME.new` beside its later place. A kill leaves either it, which the next draft of that
 * name replaces, or the complete file; never a part under the name.
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
   * @throws {Deno.errors.AlreadyExists} when another process is making a file of this name
   */
  constructor(path: string) {
    this.path = path;
    this.draftPath = join(dirname(path), `.${basename(path)}.new`);
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

/** Removes what a killed process left. It may be another name of a finished file, so is not reused. */
function removeAbandoned(draftPath: string): void {
  let file: Deno.FsFile;
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
