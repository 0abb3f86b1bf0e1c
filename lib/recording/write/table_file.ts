/**
 * One file with the table of events, open for writing.
 *
 * @module
 */

import { dirname } from "node:path";
import { OperationError, reasonOf } from "../../errors.ts";
import { DraftFile } from "../../files/draft_file.ts";
import { kindOf } from "../../files/file_kind.ts";
import { tryLock } from "../../files/file_lock.ts";
import { syncFolder } from "../../files/sync_folder.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import type { LastEvent } from "../../wire/run_id.ts";
import { byteStoreOf } from "../hdf5/byte_store.ts";
import type { H5 } from "../hdf5/h5.ts";
import { H5File, type H5Table } from "../hdf5/h5_file.ts";
import { HeldWrites } from "../hdf5/held_writes.ts";
import { isUnclosed, readHead } from "../hdf5/superblock.ts";
import { Journal, removeJournal, replayJournal } from "../journal/journal.ts";
import { repairWith } from "../repair/repair.ts";
import { ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import { type Compression, templateOf } from "../table/compression.ts";
import {
  counterValues,
  LEDGER_COLUMNS,
  LEDGER_PATH,
  LEDGER_ROW_BYTES,
} from "../table/ledger_row.ts";
import { writeTotals } from "../table/ledger_totals.ts";
import { startFile } from "../table/new_file.ts";
import { eventIn } from "../table/row.ts";
import { AlterationWatch, Altered, isOfWriter } from "./alteration_watch.ts";

/** How a file is created. */
export interface TableFileOptions {
  /** Compression of its rows. */
  compression: Compression;
  /** Text attributes of the table. */
  provenance: Record<string, string>;
  /** Replaces an existing file. @default false, which is an error for an existing file */
  force?: boolean;
  /**
   * Waits for the disk at each flush, and keeps a journal beside the file, so that flushed rows
   * survive a power cut. @default false
   */
  sync?: boolean | undefined;
}

/** HDF5's writes that are held are made safe early when they have this size. */
const MANY_HELD_BYTES = 4 * 2 ** 20;

/** What is open of a file. */
interface OpenFile {
  h5: H5;
  h5File: H5File;
  /** Where the file is, or will be. */
  path: string;
  /** Holds the lock, and is synchronised. */
  file: Deno.FsFile;
  /** HDF5's writes, if they go through a journal. */
  held: HeldWrites | undefined;
}

/**
 * A growing file. Others can read it as soon as it exists (HDF5 SWMR). Flushed data survives the
 * death of this process; with `sync` also a power cut (see `journal.ts`). The file is locked (see
 * `file_lock.ts`) until it is closed.
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
  readonly #file: Deno.FsFile;
  readonly #held: HeldWrites | undefined;
  readonly #watch: AlterationWatch;
  #journal: Journal | undefined;
  #rows: number;
  /** Rows that are safe. Without a journal, only as long as the power does not fail. */
  #safeRows = 0;
  #ledgerRows: number;
  #last: LastEvent | undefined;
  /** Its size after it was abandoned. */
  #bytesLeft: number | undefined;

  private constructor({ h5, h5File, path, file, held }: OpenFile) {
    this.#h5 = h5;
    this.#h5File = h5File;
    this.#file = file;
    this.#held = held;
    this.path = path;
    this.#watch = new AlterationWatch(path, file);
    const { rows, rowBytes } = h5File.table(TABLE_PATH);
    if (rowBytes !== ROW_BYTES) {
      throw new Error(
        "an earlier version wrote it, and its rows cannot tell apart two starts of one run; it " +
          "stays readable: record to another file",
      );
    }
    this.#rows = this.#safeRows = rows;
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
      checkFree(path, force);
      draft = new DraftFile(path);
      // With the draft, no other recorder can take the name, nor have a journal there.
      checkFree(path, force);
      Deno.writeFileSync(draft.draftPath, template);
      stoppingPoint("file.drafted");
      const { file } = draft;
      const held = sync ? new HeldWrites() : undefined;
      const h5File = startFile(h5, draft.draftPath, provenance, held);
      const table = new TableFile({ h5, h5File, path, file, held });
      try {
        table.#startSwmr();
        if (held !== undefined) {
          file.syncSync();
          held.restart(file.statSync().size);
          table.#journal = new Journal(path, file, held);
          // Fails before anything is replaced if the folder cannot be synchronised.
          syncFolder(dirname(path));
        }
        stoppingPoint("file.complete");
        draft.publish(force);
        stoppingPoint("file.published");
        if (sync) syncPublished(draft);
        // The journal of a file that was replaced; if it stays, it is not used for this one.
        else if (force) table.#tryTo(() => removeJournal(path));
      } catch (error) {
        table.#tryTo(() => h5File.close());
        table.#tryTo(() => table.#journal?.discard());
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
   * attributes. If it has a journal that is needed, it gets what is in there first.
   *
   * @throws {OperationError} if it cannot be opened, or another process writes it
   */
  static resume(h5: H5, path: string, { sync = false }: Pick<TableFileOptions, "sync">): TableFile {
    let file: Deno.FsFile | undefined;
    try {
      file = Deno.openSync(path, { read: true, write: true });
      if (!tryLock(file, "exclusive")) throw new Error("another process has it open");
      replayJournal(path, file);
      return sync
        ? TableFile.#resumeWithJournal(h5, path, file)
        : TableFile.#resumePlainly(h5, path, file);
    } catch (error) {
      file?.close();
      throw new OperationError(`cannot continue ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  static #resumePlainly(h5: H5, path: string, file: Deno.FsFile): TableFile {
    const store = byteStoreOf(file);
    const totals = writeTotals(store, false, counterValues({}));
    stoppingPoint("resume.opened");
    let h5File: H5File | undefined;
    try {
      h5File = new H5File(h5, path, "append");
      const table = new TableFile({ h5, h5File, path, file, held: undefined });
      table.#startSwmr();
      return table;
    } catch (error) {
      h5File?.close();
      // A file that could not be continued keeps its totals.
      if (totals !== undefined) writeTotals(store, totals[0] === 1, totals.slice(1));
      throw error;
    }
  }

  /** The same. The file stays as it is until all that begins it anew is in the journal. */
  static #resumeWithJournal(h5: H5, path: string, file: Deno.FsFile): TableFile {
    file.syncSync();
    const held = new HeldWrites();
    held.restart(file.statSync().size);
    const journal = new Journal(path, file, held);
    let h5File: H5File | undefined;
    try {
      syncFolder(dirname(path));
      writeTotals(byteStoreOf(file, held), false, counterValues({}));
      stoppingPoint("resume.opened");
      h5File = new H5File(h5, path, "append", held);
      const table = new TableFile({ h5, h5File, path, file, held });
      table.#startSwmr();
      journal.commit();
      table.#watch.noteSize();
      table.#journal = journal;
      return table;
    } catch (error) {
      h5.discarding(() => h5File?.close());
      journal.leave();
      replayJournal(path, file);
      throw error;
    }
  }

  /** Rows in the file. */
  get rows(): number {
    return this.#rows;
  }

  /** Size of the file after the last write. */
  get bytes(): number {
    return this.#bytesLeft ?? this.#watch.bytes;
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
    if (this.#held !== undefined && this.#held.bytes > MANY_HELD_BYTES) this.flush();
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
      this.#watch.check();
      this.#h5File.flush();
      stoppingPoint("rows.flushed");
      this.#watch.noteSize();
      this.#journal?.commit();
      stoppingPoint("rows.synced");
      this.#safeRows = this.#rows;
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
      this.#watch.check();
      this.#h5File.close();
      stoppingPoint("file.closed");
      if (totals !== undefined) {
        writeTotals(byteStoreOf(this.#file, this.#held), true, counterValues(totals));
      }
      stoppingPoint("file.totalled");
      this.#journal?.commit();
      this.#watch.noteFinalSize();
      this.#watch.check(true);
      this.#journal?.end();
      this.#safeRows = this.#rows;
    } catch (error) {
      throw this.#failure("close", error);
    }
    this.#file.close();
  }

  /**
   * Closes the file after a failure, as well as possible. If another program changed it, nothing
   * more is written. If its journal cannot be written, the file stays as it was when it was last
   * flushed, for a repair. After that it reports only rows that are known to be in the file.
   */
  abandon(): void {
    const { lost } = this.#watch;
    const links = lost && this.#watch.linksLeft();
    const isAltered = lost instanceof Altered;
    if (isAltered || !this.#closeAndCommit()) {
      // The file there now may belong to another program, or can only be repaired.
      this.#h5.discarding(() => this.#tryTo(() => this.#h5File.close()));
      this.#tryTo(() => isAltered ? this.#journal?.discard() : this.#journal?.leave());
      this.#rows = this.#safeRows;
    }
    this.#tryTo(() => this.#bytesLeft = this.#file.statSync().size);
    this.#tryTo(() => this.#file.close());
    if (isAltered) {
      this.#rows = this.#rowsLeft();
      this.#bytesLeft = sizeOf(this.path);
    } else if (links === 0) [this.#rows, this.#bytesLeft] = [0, 0];
  }

  /** Whether that worked. Without a journal there is nothing better to do if it did not. */
  #closeAndCommit(): boolean {
    try {
      this.#h5File.close();
      this.#journal?.commit();
      this.#journal?.end();
      return true;
    } catch {
      return this.#journal === undefined;
    }
  }

  #append(path: string, firstRow: number, count: number, bytes: Uint8Array): void {
    try {
      this.#watch.check();
      this.#h5File.resize(path, firstRow + count);
      stoppingPoint("rows.resized");
      this.#h5File.writeRows(path, firstRow, count, bytes);
      stoppingPoint("rows.written");
      this.#watch.noteSize();
    } catch (error) {
      if (this.#watch.lost === undefined) this.#tryTo(() => this.#h5File.resize(path, firstRow));
      throw this.#failure("write to", error);
    }
  }

  #startSwmr(): void {
    this.#h5File.startSwmr();
    this.#h5File.flush();
    this.#watch.noteSize();
    // Between the two locks, another process may take its own.
    if (!tryLock(this.#file, "shared")) throw new Error("another process has locked it");
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

/** Checks that a file can be created. */
function checkFree(path: string, force: boolean): void {
  if (force) checkNotWritten(path);
  else if (kindOf(path) !== "absent") throw new Deno.errors.AlreadyExists(path);
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

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
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
