/**
 * One file with the table of events, open for writing.
 *
 * @module
 */

import { dirname } from "node:path";
import { ConfigurationError, OperationError, reasonOf } from "../../errors.ts";
import { DraftFile } from "../../files/draft_file.ts";
import { kindOf } from "../../files/file_kind.ts";
import { tryLock } from "../../files/file_lock.ts";
import { syncFolder } from "../../files/sync_folder.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import type { LastEvent } from "../../wire/run_id.ts";
import type { H5 } from "../hdf5/h5.ts";
import { H5File, type H5Table } from "../hdf5/h5_file.ts";
import {
  decodeSuperblock,
  isUnclosed,
  readHead,
  SUPERBLOCK_BYTES,
  SuperblockFlag,
} from "../hdf5/superblock.ts";
import { repairWith } from "../repair/repair.ts";
import { COLUMNS, ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import { type Compression, templateOf } from "../table/compression.ts";
import {
  counterValues,
  LEDGER_COLUMNS,
  LEDGER_PATH,
  LEDGER_ROW_BYTES,
} from "../table/ledger_row.ts";
import { writeTotals } from "../table/ledger_totals.ts";
import { eventIn } from "../table/row.ts";

/** How a file is created. */
export interface TableFileOptions {
  /** Compression of its rows. */
  compression: Compression;
  /** Text attributes of the table. */
  provenance: Record<string, string>;
  /** Replaces an existing file. @default false, which is an error for an existing file */
  force?: boolean;
  /** Waits for the disk at each flush. @default false */
  sync?: boolean | undefined;
}

/** Attributes that the table itself uses. */
const RESERVED = new Set([
  "CLASS",
  "VERSION",
  "TITLE",
  "NROWS",
  "ss_data_version",
  "ssl2asic_ch",
  ...Object.keys(COLUMNS).map((_, index) => `FIELD_${index}_NAME`),
]);

/**
 * Checks names of text attributes.
 *
 * @throws {ConfigurationError} if a name is empty or used by the table
 */
export function checkProvenance(provenance: Record<string, string>): void {
  for (const name of Object.keys(provenance)) {
    if (name === "") throw new ConfigurationError("provenance: an attribute needs a name");
    if (RESERVED.has(name)) {
      throw new ConfigurationError(
        `provenance: '${name}' is an attribute of the table itself; use another name`,
      );
    }
  }
}

/** Another program has changed the file. */
class Altered extends Error {}

/**
 * A growing file. Others can read it as soon as it exists (HDF5 SWMR). Flushed data survives the
 * death of this process. The file is locked (see `file_lock.ts`) until it is closed.
 *
 * The lock does not stop other programs from cutting, overwriting or replacing the file. Then the
 * next flush or `close` detects it and fails.
 */
export class TableFile {
  /** Path of the file. */
  readonly path: string;
  /** Whether it has a ledger table. Files of earlier versions may not. */
  readonly hasLedger: boolean;
  readonly #h5: H5;
  readonly #h5File: H5File;
  /** Holds the lock, and is synchronised. */
  readonly #file: Deno.FsFile;
  readonly #sync: boolean;
  /** Device and inode tell it from another file with the same name. */
  readonly #dev: number;
  readonly #ino: number | null;
  #rows: number;
  #ledgerRows: number;
  #last: LastEvent | undefined;
  /** Its size after the last write. */
  #bytes = 0;
  /** Why its contents are no longer known. */
  #lost: Altered | Deno.errors.NotFound | undefined;

  private constructor(h5: H5, h5File: H5File, file: Deno.FsFile, path: string, sync: boolean) {
    this.#h5 = h5;
    this.#h5File = h5File;
    this.#file = file;
    this.path = path;
    this.#sync = sync;
    ({ dev: this.#dev, ino: this.#ino } = file.statSync());
    const { rows, rowBytes } = h5File.table(TABLE_PATH);
    if (rowBytes !== ROW_BYTES) {
      throw new Error(
        "an earlier version wrote it, and its rows cannot tell apart two starts of one run; it " +
          "stays readable: record to another file",
      );
    }
    this.#rows = rows;
    const ledger = h5File.hasTable(LEDGER_PATH) ? h5File.table(LEDGER_PATH) : undefined;
    if (ledger !== undefined && !hasTheseCounters(ledger)) {
      throw new Error(
        "another version wrote it, and its ledger has other counters; it stays readable: record to " +
          "another file",
      );
    }
    this.hasLedger = ledger !== undefined;
    this.#ledgerRows = ledger?.rows ?? 0;
  }

  /**
   * Creates a file with its attributes and no rows. It appears when it is complete.
   *
   * @throws {Deno.errors.AlreadyExists} if the file exists and `force` is not set
   * @throws {OperationError} if it cannot be created; nothing is left on the disk
   */
  static create(h5: H5, path: string, options: TableFileOptions): TableFile {
    const { compression, provenance, force = false, sync = false } = options;
    const template = templateOf(compression);
    let draft: DraftFile | undefined;
    try {
      if (!force && kindOf(path) !== "absent") throw new Deno.errors.AlreadyExists(path);
      if (force) checkNotWritten(path);
      draft = new DraftFile(path);
      Deno.writeFileSync(draft.draftPath, template);
      stoppingPoint("file.drafted");
      const h5File = startFile(h5, draft.draftPath, provenance);
      const table = new TableFile(h5, h5File, draft.file, path, sync);
      try {
        table.#startSwmr();
        // Fails before anything is replaced if the folder cannot be synchronised.
        if (sync) syncFolder(dirname(path));
        stoppingPoint("file.complete");
        draft.publish(force);
        stoppingPoint("file.published");
        if (sync) syncPublished(draft);
      } catch (error) {
        table.#tryTo(() => h5File.close());
        throw error;
      }
      return table;
    } catch (error) {
      draft?.discard();
      if (error instanceof Deno.errors.AlreadyExists) throw error;
      throw new OperationError(`cannot create ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /**
   * Opens a closed or repaired file, to continue after its last row with its compression and
   * attributes.
   *
   * @throws {OperationError} if it cannot be opened, or another process writes it
   */
  static resume(h5: H5, path: string, { sync = false }: Pick<TableFileOptions, "sync">): TableFile {
    let file: Deno.FsFile | undefined;
    try {
      let h5File: H5File | undefined;
      file = Deno.openSync(path, { read: true, write: true });
      if (!tryLock(file, "exclusive")) throw new Error("another process has it open");
      const totals = writeTotals(file, false, counterValues({}));
      stoppingPoint("resume.opened");
      try {
        h5File = new H5File(h5, path, "append");
        const table = new TableFile(h5, h5File, file, path, sync);
        table.#startSwmr();
        return table;
      } catch (error) {
        closeAfterFailure(h5File, file, totals);
        throw error;
      }
    } catch (error) {
      file?.close();
      throw new OperationError(`cannot continue ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Rows in the file. */
  get rows(): number {
    return this.#rows;
  }

  /** Size of the file after the last write. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last appended event; undefined before the first. */
  get last(): LastEvent | undefined {
    return this.#last;
  }

  /**
   * Appends rows.
   *
   * @param bytes a whole number of rows in the layout of `row.ts`
   * @throws {OperationError} if they cannot be written; the file keeps its earlier rows
   */
  append(bytes: Uint8Array): void {
    this.#append(TABLE_PATH, this.#rows, bytes.length / ROW_BYTES, bytes);
    this.#rows += bytes.length / ROW_BYTES;
    this.#last = eventIn(bytes, bytes.length - ROW_BYTES);
  }

  /**
   * Appends a ledger row, if the file has a table for it.
   *
   * @param row in the layout of `ledger_row.ts`
   * @throws {OperationError} if it cannot be written
   */
  appendLedger(row: Uint8Array): void {
    if (!this.hasLedger) return;
    this.#append(LEDGER_PATH, this.#ledgerRows, 1, row);
    this.#ledgerRows++;
    stoppingPoint("ledger.written");
  }

  /**
   * Passes appended rows to the operating system, where other processes see them. With `sync`, also
   * to the disk.
   *
   * @throws {OperationError} if that fails, or another program changed the file
   */
  flush(): void {
    try {
      this.#checkUntouched();
      this.#h5File.flush();
      stoppingPoint("rows.flushed");
      this.#noteSize();
      if (this.#sync) this.#file.syncDataSync();
      stoppingPoint("rows.synced");
    } catch (error) {
      throw this.#failure("write to", error);
    }
  }

  /**
   * Closes the file. From then on it is a plain HDF5 file.
   *
   * @param totals the final values of the ledger, if known
   * @throws {OperationError} if that fails, or another program changed the file
   */
  close(totals?: Partial<Ledger>): void {
    try {
      this.#checkUntouched();
      this.#h5File.close();
      stoppingPoint("file.closed");
      // Closing returns space that HDF5 had reserved.
      this.#bytes = this.#file.statSync().size;
      if (totals !== undefined) writeTotals(this.#file, true, counterValues(totals));
      stoppingPoint("file.totalled");
      if (this.#sync) this.#file.syncSync();
      this.#checkUntouched(true);
    } catch (error) {
      throw this.#failure("close", error);
    }
    this.#file.close();
  }

  /**
   * Closes the file after a failure, as well as possible. If another program changed it, nothing
   * more is written. After that it reports only rows that are known to be in the file.
   */
  abandon(): void {
    const links = this.#lost && this.#linksLeft();
    if (this.#lost instanceof Altered) {
      // The file there now may belong to another program.
      this.#h5.discarding(() => this.#tryTo(() => this.#h5File.close()));
    } else this.#tryTo(() => this.#h5File.close());
    this.#tryTo(() => this.#bytes = this.#file.statSync().size);
    this.#tryTo(() => this.#file.close());
    if (this.#lost instanceof Altered) {
      this.#rows = this.#rowsLeft();
      this.#bytes = sizeOf(this.path);
    } else if (links === 0) [this.#rows, this.#bytes] = [0, 0];
  }

  #append(path: string, firstRow: number, count: number, bytes: Uint8Array): void {
    try {
      this.#checkUntouched();
      this.#h5File.resize(path, firstRow + count);
      stoppingPoint("rows.resized");
      this.#h5File.writeRows(path, firstRow, count, bytes);
      stoppingPoint("rows.written");
      this.#noteSize();
    } catch (error) {
      if (this.#lost === undefined) this.#tryTo(() => this.#h5File.resize(path, firstRow));
      throw this.#failure("write to", error);
    }
  }

  #startSwmr(): void {
    this.#h5File.startSwmr();
    this.#h5File.flush();
    this.#noteSize();
    if (this.#sync) this.#file.syncSync();
    // Between the two locks, another process may take its own.
    if (!tryLock(this.#file, "shared")) throw new Error("another process has locked it");
  }

  /** Notes the size after a write. A write never makes the file smaller. */
  #noteSize(): void {
    const { size } = this.#file.statSync();
    this.#checkSize(size);
    this.#bytes = size;
  }

  #checkSize(size: number): void {
    if (size >= this.#bytes) return;
    this.#lost = new Altered(`it has ${size} bytes, but should have ${this.#bytes}`);
    throw this.#lost;
  }

  /**
   * Checks that the path still leads to this file, that nothing was cut off, and that it still
   * starts with the mark of a writer.
   */
  #checkUntouched(isClosed = false): void {
    try {
      const { dev, ino, size } = Deno.statSync(this.path);
      if (dev !== this.#dev || ino !== this.#ino) {
        throw new Deno.errors.NotFound("there is another file in its place");
      }
      // A reader in this process may have made HDF5 write its data, so the file may have grown.
      this.#checkSize(size);
      if (isClosed) return;
      const head = new Uint8Array(SUPERBLOCK_BYTES);
      this.#file.seekSync(0, Deno.SeekMode.Start);
      this.#file.readSync(head);
      if (!isOfWriter(head)) throw new Altered("its first block was changed");
    } catch (error) {
      if (error instanceof Altered || error instanceof Deno.errors.NotFound) this.#lost = error;
      throw error;
    }
  }

  /** Number of names that the file still has. A file that was moved keeps its rows. */
  #linksLeft(): number {
    try {
      return this.#file.statSync().nlink ?? 1;
    } catch {
      return 1;
    }
  }

  /** Number of rows left in a file that was cut. The file is repaired to find out. */
  #rowsLeft(): number {
    try {
      if (!isOfWriter(readHead(this.path))) return 0;
      return Math.min(repairWith(this.#h5, this.path).rows, this.#rows);
    } catch {
      return 0;
    }
  }

  #failure(action: string, error: unknown): OperationError {
    const advice = error instanceof Deno.errors.NotFound
      ? "something removed or replaced it while it was written"
      : error instanceof Altered
      ? "something cut or overwrote it while it was written"
      : `it holds ${this.#rows} rows; free space or record to another place`;
    return new OperationError(`cannot ${action} ${this.path}: ${reasonOf(error)}; ${advice}`, {
      cause: error,
      code: error instanceof Altered ? "recording.altered" : undefined,
      fields: { path: this.path },
    });
  }

  #tryTo(action: () => void): void {
    try {
      action();
    } catch {
      // The first failure is the one that is reported.
    }
  }
}

/** Whether a ledger has a column for each counter, and no others. */
function hasTheseCounters({ rowBytes, columns }: H5Table): boolean {
  return rowBytes === LEDGER_ROW_BYTES &&
    columns.every(({ name }, index) => name === LEDGER_COLUMNS[index]);
}

/** Opens a copy of the template and sets its attributes. */
function startFile(h5: H5, path: string, provenance: Record<string, string>): H5File {
  const file = new H5File(h5, path, "append");
  try {
    for (const [name, text] of Object.entries(provenance)) {
      file.addAttribute(TABLE_PATH, name, text);
    }
    makeChunkIndex(file, TABLE_PATH, ROW_BYTES);
    makeChunkIndex(file, LEDGER_PATH, LEDGER_ROW_BYTES);
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

/**
 * Creates the index of a table's chunks before the file can be read. An index created with the
 * first rows reaches the disk after them, and a live reader would see zeros for a moment.
 */
function makeChunkIndex(file: H5File, path: string, rowBytes: number): void {
  file.resize(path, 1);
  file.writeRows(path, 0, 1, new Uint8Array(rowBytes));
  file.resize(path, 0);
}

/** Checks that no recorder is writing a file that would be replaced. */
function checkNotWritten(path: string): void {
  const kind = kindOf(path);
  if (kind === "absent") return;
  if (kind !== "file") throw new Deno.errors.AlreadyExists(path);
  using file = Deno.openSync(path, { read: true });
  // Readers lock files too. But such a file is closed, or has a writer.
  if (tryLock(file, "exclusive") || !isUnclosedHdf5(path)) return;
  throw new Error("another process is writing it; stop that first, or record to another file");
}

/** The same as {@linkcode isUnclosed}; false for a file that is not HDF5. */
function isUnclosedHdf5(path: string): boolean {
  try {
    return isUnclosed(path);
  } catch {
    return false;
  }
}

/** Whether the first block has the mark of a SWMR writer. */
function isOfWriter(head: Uint8Array): boolean {
  try {
    const { flags, isSound } = decodeSuperblock(head);
    return isSound && flags === (SuperblockFlag.writing | SuperblockFlag.swmr);
  } catch {
    return false;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

/** Closes a file that could not be continued, with its old totals. */
function closeAfterFailure(
  h5File: H5File | undefined,
  file: Deno.FsFile,
  totals: readonly number[] | undefined,
): void {
  h5File?.close();
  if (totals === undefined) return;
  const [isClosed, ...values] = totals;
  writeTotals(file, isClosed === 1, values);
}

/** Synchronises a new file's name. If that fails, the file is removed. */
function syncPublished({ path }: DraftFile): void {
  try {
    syncFolder(dirname(path));
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
}
