/**
 * A file `NAME.journal` beside a file that HDF5 writes, so that a power cut cannot tear it.
 *
 * HDF5 appends rows to its file, but it overwrites what tells where they are. A disk writes
 * overwritten pages in any order, so after a power cut some of them would be new and some old. With
 * a journal, what HDF5 overwrites is held in memory. To make it safe:
 *
 * 1. The file is synchronised: what was appended is on the disk, and so are the overwritten bytes
 *    of the last time.
 * 2. What is held is written to the journal, with a checksum, and the journal is synchronised. From
 *    here on it is safe.
 * 3. The bytes are written to the file, in HDF5's order.
 *
 * After a power cut during step 1 or 2, the file is that of the last time: the journal is the one
 * of the last time, and changes nothing that is not there, or it is not whole. After a power cut
 * during step 3, the journal is whole, and step 3 is done again.
 *
 * @module
 */

import { dirname } from "node:path";
import { checkReplaceable, kindOf } from "../../files/file_kind.ts";
import { isSameFile } from "../../files/same_file.ts";
import { syncFolder } from "../../files/sync_folder.ts";
import { stoppingPoint } from "../../stopping_point.ts";
import { byteStoreOf } from "../hdf5/byte_store.ts";
import type { HeldWrites } from "../hdf5/held_writes.ts";
import {
  decodeJournalPage,
  encodeJournalPage,
  fingerprintOf,
  isEqual,
  mayBeJournal,
} from "./journal_page.ts";

/** Path of the journal of a file. */
export function journalPath(path: string): string {
  return `${path}.journal`;
}

/** Room that is reserved on the disk at once; most pages fit. */
const RESERVED_BYTES = 128 * 1024;

/** The journal of a file that this process writes. */
export class Journal {
  readonly #path: string;
  /** The file that it makes safe. */
  readonly #file: Deno.FsFile;
  readonly #held: HeldWrites;
  readonly #journal: Deno.FsFile;
  #sequence = 0;
  #isBroken = false;

  /**
   * Creates an empty journal on the disk, in place of an old one. Its name is safe when the folder
   * is synchronised.
   *
   * @param path of the file
   * @param file the same, open for reading and writing
   * @param held HDF5's writes to it
   * @throws {Deno.errors.AlreadyExists} if something else than a journal has its name
   */
  constructor(path: string, file: Deno.FsFile, held: HeldWrites) {
    this.#path = journalPath(path);
    this.#file = file;
    this.#held = held;
    removeJournal(path);
    this.#journal = Deno.openSync(this.#path, { read: true, write: true, createNew: true });
    try {
      byteStoreOf(this.#journal).writeAt(0, new Uint8Array(RESERVED_BYTES));
      this.#journal.syncDataSync();
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /**
   * Makes safe all that HDF5 has written, and writes what was held. Only call it when HDF5 has
   * flushed: then its writes belong together.
   *
   * If the file cannot be synchronised or written, nothing more can be made safe: each later call
   * fails, and the journal must stay for a repair.
   */
  commit(): void {
    if (this.#isBroken) throw new Error("an earlier failure left it incomplete");
    const [file, held] = [this.#file, this.#held];
    this.#breakOnFailure(() => file.syncDataSync());
    stoppingPoint("journal.begun");
    if (held.steps.length > 0) {
      const page = {
        sequence: ++this.#sequence,
        fileBytes: file.statSync().size,
        ...held.result(),
      };
      const fingerprint = fingerprintOf(byteStoreOf(file), page);
      if (fingerprint === undefined) throw new Error("it is smaller than before");
      byteStoreOf(this.#journal).writeAt(0, encodeJournalPage({ ...page, fingerprint }));
      this.#journal.syncDataSync();
      stoppingPoint("journal.safe");
      this.#breakOnFailure(() => this.#apply());
      stoppingPoint("journal.applied");
    }
    held.restart(file.statSync().size);
  }

  /** Removes the journal when all is in the file: it is synchronised first. */
  end(): void {
    this.#breakOnFailure(() => this.#file.syncSync());
    stoppingPoint("journal.needless");
    this.discard();
    syncFolder(dirname(this.#path));
  }

  /** Closes the journal and leaves it for a repair. */
  leave(): void {
    this.#journal.close();
  }

  /**
   * Removes the journal, although it may be needed. If our file was moved, another recorder may have
   * its own journal there now, which stays.
   */
  discard(): void {
    const isOurs = isSameFile(this.#journal, this.#path);
    this.#journal.close();
    if (isOurs) Deno.removeSync(this.#path);
  }

  /** In HDF5's order, for those who read the file while it grows. */
  #apply(): void {
    const store = byteStoreOf(this.#file);
    for (const step of this.#held.steps) {
      if ("cutTo" in step) this.#file.truncateSync(step.cutTo);
      else store.writeAt(step.at, step.bytes);
    }
  }

  #breakOnFailure(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }
}

/**
 * Removes the journal of a file, if it has one, although it may be needed. Nothing else is removed.
 *
 * @param path of the file
 * @throws {Deno.errors.AlreadyExists} if something else than a journal has its name
 */
export function removeJournal(path: string): void {
  const journal = journalPath(path);
  checkReplaceable(journal);
  const kind = kindOf(journal);
  if (kind === "absent") return;
  if (kind === "file" && !mayBeJournal(firstBytes(journal))) {
    throw new Deno.errors.AlreadyExists(
      `${journal} is not a journal of ssdaq; give it another name`,
    );
  }
  Deno.removeSync(journal);
}

function firstBytes(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(8);
  return bytes.subarray(0, byteStoreOf(file).readAt(0, bytes));
}

/**
 * What became of a journal: there was none; it was written to the file; it was empty or not whole,
 * so that it was not needed; or it belongs to another file, or to another state of the file, or is
 * no journal.
 */
export type JournalFate = "absent" | "applied" | "notNeeded" | "foreign";

/** More than a journal can have. */
const MAX_JOURNAL_BYTES = 128 * 2 ** 20;

/**
 * Writes to a file what its journal has, and removes the journal. A journal of another file is not
 * used, and stays. Can be repeated after a power cut at any time.
 *
 * @param path of the file
 * @param file the same, open for reading and writing, and locked exclusively
 */
export function replayJournal(path: string, file: Deno.FsFile): JournalFate {
  const journal = journalPath(path);
  const kind = kindOf(journal);
  if (kind === "absent") return "absent";
  if (kind !== "file" || Deno.statSync(journal).size > MAX_JOURNAL_BYTES) return "foreign";
  const bytes = Deno.readFileSync(journal);
  if (!mayBeJournal(bytes)) return "foreign";
  const page = decodeJournalPage(bytes);
  if (page !== undefined) {
    const store = byteStoreOf(file);
    const fingerprint = fingerprintOf(store, page);
    if (fingerprint === undefined || !isEqual(fingerprint, page.fingerprint)) return "foreign";
    if (page.cutTo !== undefined) file.truncateSync(page.cutTo);
    for (const { at, bytes } of page.regions) store.writeAt(at, bytes);
    file.syncSync();
  }
  Deno.removeSync(journal);
  syncFolder(dirname(path));
  return page === undefined ? "notNeeded" : "applied";
}
