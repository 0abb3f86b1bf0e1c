/**
 * Makes a new file from the rows that are found in a damaged one.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { DraftFile } from "../../files/draft_file.ts";
import { kindOf } from "../../files/file_kind.ts";
import { syncFolder } from "../../files/sync_folder.ts";
import type { LastEvent } from "../../wire/run_id.ts";
import { type ByteStore, byteStoreOf } from "../hdf5/byte_store.ts";
import type { H5 } from "../hdf5/h5.ts";
import type { H5File } from "../hdf5/h5_file.ts";
import { HeldWrites } from "../hdf5/held_writes.ts";
import { decodeSuperblock, readHead, superblockOf } from "../hdf5/superblock.ts";
import { journalPath } from "../journal/journal.ts";
import { TableReader } from "../read/table_reader.ts";
import { ROW_BYTES, TABLE_PATH } from "../table/columns.ts";
import { type Compression, templateOf } from "../table/compression.ts";
import { LEDGER_PATH } from "../table/ledger_row.ts";
import { startFile } from "../table/new_file.ts";
import { provenanceIn } from "../table/provenance.ts";
import { eventIn } from "../table/row.ts";
import { type FoundEvent, FoundEvents } from "./found_events.ts";
import { readFound, scanRows } from "./row_scan.ts";
import { LastByRun, type RowRange, unreadableRows } from "./survey.ts";

/** What was salvaged. */
export interface Salvage {
  rows: number;
  ledgerRows: number;
  lastEvents: readonly LastEvent[];
  /** Path of the damaged file now. */
  keptAs: string;
  /** Number of rows that its table should have; undefined if that cannot be read. */
  rowsBefore: number | undefined;
  /** Rows of its table that cannot be read, as far as it is known. */
  unreadable: RowRange[];
  /** Rows that were found, but are not whole. */
  tornRows: number;
}

/**
 * Looks at every byte of a damaged file for rows, and writes a new file with all of them, each
 * once, in the order in which they were stored. The new file takes the name when it is complete and
 * on the disk. The damaged one gets the name `NAME.torn` before that, or `NAME.torn.2` and so on.
 *
 * Attributes are kept if they can be read. The name of the damaged file becomes the attribute
 * `salvaged_from`.
 *
 * @param path of the damaged file
 * @param file the same, open for reading, and locked exclusively
 * @returns undefined if no event was found; then nothing was changed
 */
export function salvage(h5: H5, path: string, file: Deno.FsFile): Salvage | undefined {
  const store = byteStoreOf(file);
  const found = new FoundEvents();
  const ledger = new Map<string, { at: number; bytesThere: number }>();
  let tornRows = 0;
  let isCompressed = false;
  for (const { kind, at, bytesThere, bytes } of scanRows(store, 0, file.statSync().size)) {
    if (kind === "ledgerRow") ledger.set(bytes.join(), { at, bytesThere });
    else if (kind === "tornRow") tornRows++;
    else {
      found.add(at, bytesThere, bytes);
      isCompressed ||= kind === "chunk";
    }
  }
  if (found.count === 0) return undefined;
  const known = describe(h5, path, file);
  const draft = new DraftFile(path);
  try {
    const keptAs = freeName(path);
    const compression = known?.compression ?? (isCompressed ? "gzip:1" : "none");
    Deno.writeFileSync(draft.draftPath, templateOf(compression));
    const target = startFile(h5, draft.draftPath, {
      ...known?.provenance,
      salvaged_from: basename(keptAs),
    });
    let lastEvents: readonly LastEvent[];
    try {
      lastEvents = appendFound(target, 0, store, found.inOrder());
      target.resize(LEDGER_PATH, ledger.size);
      [...ledger.values()].forEach(({ at, bytesThere }, row) => {
        const bytes = new Uint8Array(bytesThere);
        store.readAt(at, bytes);
        target.writeRows(LEDGER_PATH, row, 1, bytes);
      });
    } finally {
      target.close();
    }
    draft.file.syncSync();
    keep(path, keptAs);
    draft.publish(true);
    syncFolder(dirname(path));
    draft.file.close();
    return {
      rows: found.count,
      ledgerRows: ledger.size,
      lastEvents,
      keptAs,
      rowsBefore: known?.rows,
      unreadable: known?.unreadable ?? [],
      tornRows,
    };
  } catch (error) {
    draft.discard();
    throw error;
  }
}

/** Rows that are written at once. */
const BLOCK_ROWS = 64;

/**
 * Appends events that were found in a file to a table.
 *
 * @param target the table's file
 * @param firstRow number of rows that it has
 * @param store where they were found
 * @returns the last event of each run
 */
export function appendFound(
  target: H5File,
  firstRow: number,
  store: ByteStore,
  events: readonly FoundEvent[],
): readonly LastEvent[] {
  const last = new LastByRun();
  let read: { at: number; bytes: Uint8Array } | undefined;
  for (let from = 0; from < events.length; from += BLOCK_ROWS) {
    const block = events.slice(from, from + BLOCK_ROWS);
    const rows = new Uint8Array(block.length * ROW_BYTES);
    for (const [index, { at, bytesThere, row }] of block.entries()) {
      if (read?.at !== at) read = { at, bytes: readFound(store, at, bytesThere) };
      rows.set(read.bytes.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES), index * ROW_BYTES);
      last.add(eventIn(rows, index * ROW_BYTES));
    }
    target.resize(TABLE_PATH, firstRow + from + block.length);
    target.writeRows(TABLE_PATH, firstRow + from, block.length, rows);
  }
  return last.events;
}

/** What HDF5 can still tell of a damaged file. */
interface Description {
  rows: number;
  compression: Compression | undefined;
  provenance: Record<string, string>;
  unreadable: RowRange[];
}

function describe(h5: H5, path: string, file: Deno.FsFile): Description | undefined {
  try {
    // Read as a closed file: else HDF5 would wait for a writer wherever it is damaged.
    const held = new HeldWrites();
    const { size } = file.statSync();
    held.restart(size);
    const head = readHead(path);
    decodeSuperblock(head);
    byteStoreOf(file, held).writeAt(0, superblockOf(head, BigInt(size), 0));
    using reader = TableReader.openWith(h5, path, held);
    const gzip = reader.filters.find((filter) => filter.startsWith("gzip:"));
    return {
      rows: reader.rows,
      compression: (gzip ?? "none") as Compression,
      provenance: provenanceIn(reader.attributes),
      unreadable: unreadableRows(reader),
    };
  } catch {
    // There is nothing that HDF5 can tell of it.
    return undefined;
  }
}

function freeName(path: string): string {
  for (let count = 1;; count++) {
    const name = count === 1 ? `${path}.torn` : `${path}.torn.${count}`;
    if (kindOf(name) === "absent") return name;
  }
}

/** Gives the damaged file a second name, on the disk. */
function keep(path: string, keptAs: string): void {
  try {
    Deno.linkSync(path, keptAs);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    // No hard links here: for a moment there is no file with the old name.
    Deno.renameSync(path, keptAs);
  }
  // It belongs to the damaged file, if it belongs to one of them.
  const journal = journalPath(path);
  if (kindOf(journal) === "file") Deno.renameSync(journal, journalPath(keptAs));
  syncFolder(dirname(path));
}
