/**
 * Where events are written: one file, or a series of files in a folder.
 *
 * @module
 */

import { basename, join } from "node:path";
import {
  ConfigurationError,
  messageOf,
  OperationError,
  reasonOf,
  UnavailableError,
} from "../../errors.ts";
import { clearDrafts } from "../../files/draft_file.ts";
import { type FileKind, kindOf } from "../../files/file_kind.ts";
import { StageLog } from "../../notice.ts";
import type { H5 } from "../hdf5/h5.ts";
import { dateFileName, highestOrder, isFileName, orderFileName } from "./file_name.ts";
import { readResumeMark } from "./resume_mark.ts";
import { TableFile, type TableFileOptions } from "./table_file.ts";

/** One file for all events. The columns `run` and `epoch` tell runs apart. */
export interface FileDestination {
  /** Path of the file. */
  file: string;
  /** Replaces an existing file. @default false */
  force?: boolean;
  /**
   * Continues an existing file after its last row, with its compression. A file from a killed
   * writer is repaired first.
   * @default false
   */
  resume?: boolean;
}

/**
 * Files in a folder: one for each current run. A new file starts when one is large or old enough.
 */
export interface FolderDestination {
  /** An existing folder. */
  folder: string;
  /** Start of the files' names. */
  prefix: string;
  /** `date`: `PREFIX.20240131T235959Z.h5`; `order`: `PREFIX.00001.h5`, with rising numbers. */
  enumerate: "date" | "order";
  /** A file of this size is full: the next event of its run starts another. */
  maxSizeBytes: number;
  /** Maximum age of a file, from its first event, ms. @default no limit */
  maxAgeMs?: number | undefined;
  /** Replaces a file of the same second (`date`) that this writer did not create. @default false */
  force?: boolean;
}

/** See {@linkcode FileDestination} and {@linkcode FolderDestination}. */
export type Destination = FileDestination | FolderDestination;

/**
 * Checks a destination as far as possible without writing.
 *
 * @throws {ConfigurationError} with the wrong option, its value and advice
 * @throws {UnavailableError} if the folder is missing (it may be a disk that is not mounted yet) or
 * cannot be written
 */
export function checkDestination(destination: Destination): void {
  if ("file" in destination) {
    const { file, force = false, resume = false } = destination;
    if (file === "") throw new ConfigurationError("file: needs a path");
    const kind = look(file);
    const there = kind !== "absent";
    if (kind === "dangling") {
      throw new ConfigurationError(
        `file: ${file} is a link to a file that does not exist; remove it, or name a file`,
      );
    }
    if (there && kind !== "file") throw new ConfigurationError(`file: ${file} is not a plain file`);
    if (force && resume) {
      throw new ConfigurationError(
        `file: ${file} cannot be both replaced and continued; choose one`,
      );
    }
    if (there && !force && !resume) throw alreadyExists(file);
    if (!there) checkFolder("file", join(file, ".."));
    return;
  }
  const { folder, prefix, enumerate, maxSizeBytes, maxAgeMs = Infinity } = destination;
  checkFolder("folder", folder);
  checkPrefix(prefix);
  if (enumerate !== "date" && enumerate !== "order") {
    throw new ConfigurationError(`enumerate: '${enumerate}' is not known; use date or order`);
  }
  if (!(maxSizeBytes > 0)) {
    throw new ConfigurationError(`maxSizeBytes: ${maxSizeBytes} is not above 0; use 600 MiB`);
  }
  if (!(maxAgeMs > 0)) {
    throw new ConfigurationError(`maxAgeMs: ${maxAgeMs} is not above 0; leave it out for no limit`);
  }
}

/**
 * Checks a prefix for file names.
 *
 * @param key name of the option, for the error message
 * @throws {ConfigurationError} if no file name can start with it
 */
export function checkPrefix(prefix: string, key = "prefix"): void {
  if (prefix !== "" && !/[\/\\]/.test(prefix)) return;
  throw new ConfigurationError(
    `${key}: '${prefix}' cannot begin a file name; use a name without slashes`,
  );
}

/**
 * Creates or continues the single file.
 *
 * @throws {ConfigurationError} if it exists and must not be replaced
 * @throws {OperationError} if it cannot be created or continued
 */
export function openFile(
  h5: H5,
  { file, force = false, resume = false }: FileDestination,
  options: TableFileOptions,
): TableFile {
  if (resume && look(file) === "file") return TableFile.resume(h5, file, options);
  try {
    return TableFile.create(h5, file, { ...options, force });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (look(file) !== "absent") throw alreadyExists(file);
    throw new OperationError(`cannot create ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Removes drafts that killed recorders left. */
export function clearAbandoned(destination: Destination, log: StageLog): void {
  if ("file" in destination) {
    const name = basename(destination.file);
    clearDrafts(join(destination.file, ".."), (other) => other === name, log);
  } else {
    const { folder, prefix } = destination;
    clearDrafts(folder, (name) => isFileName(name, prefix), log);
  }
}

/**
 * Creates the next file in a folder, under an unused name.
 *
 * @param date the wall clock
 * @param own paths of this writer's files; they are never replaced
 * @throws {OperationError} if it cannot be created
 */
export function createNextFile(
  h5: H5,
  { folder, prefix, enumerate, force = false }: FolderDestination,
  options: TableFileOptions,
  date: Date,
  own: ReadonlySet<string>,
): TableFile {
  const order = enumerate === "order" ? highestOrder(namesTaken(folder, prefix), prefix) : 0;
  // Another writer may take a name after our check. Then the next name is tried.
  for (let attempt = 1;; attempt++) {
    const name = enumerate === "order"
      ? orderFileName(prefix, order + attempt)
      : dateFileName(prefix, date, attempt);
    const path = join(folder, name);
    try {
      return TableFile.create(h5, path, {
        ...options,
        force: force && enumerate === "date" && !own.has(path),
      });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/**
 * Names in a folder, and names of files that were moved away. They may be moved to one place later.
 */
function namesTaken(folder: string, prefix: string): string[] {
  try {
    const moved = readResumeMark(folder, prefix, new StageLog("recording", undefined)).map((
      { file },
    ) => file);
    return [...Array.from(Deno.readDirSync(folder), ({ name }) => name), ...moved];
  } catch (error) {
    throw folderFailure(folder, error);
  }
}

/** Why the names in a folder cannot be read, and what to do. */
export function folderFailure(folder: string, error: unknown): OperationError {
  const reason = error instanceof Deno.errors.NotFound
    ? `it does not exist; create it: mkdir -p ${folder}`
    : reasonOf(error);
  return new OperationError(`cannot look into ${folder}: ${reason}`, { cause: error });
}

function alreadyExists(file: string): ConfigurationError {
  return new ConfigurationError(
    `file: ${file} exists already; choose another name`,
    { code: "recording.fileExists", fields: { file } },
  );
}

function checkFolder(key: string, folder: string): void {
  const kind = look(folder);
  if (kind === "absent") {
    throw new UnavailableError(
      `${key}: folder ${folder} does not exist; create it: mkdir -p ${folder}`,
    );
  }
  if (kind !== "folder") throw new ConfigurationError(`${key}: ${folder} is not a folder`);
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".ssdaq" }));
  } catch (error) {
    throw new UnavailableError(
      `${key}: cannot create files in ${folder}: ${reasonOf(error)}; choose another folder`,
    );
  }
}

function look(path: string): FileKind {
  try {
    return kindOf(path);
  } catch (error) {
    throw new UnavailableError(`cannot look at ${path}: ${reasonOf(error)}`);
  }
}
