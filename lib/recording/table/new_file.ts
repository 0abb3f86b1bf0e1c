import type { H5 } from "../hdf5/h5.ts";
import { H5File } from "../hdf5/h5_file.ts";
import type { HeldWrites } from "../hdf5/held_writes.ts";
import { ROW_BYTES, TABLE_PATH } from "./columns.ts";
import { LEDGER_PATH, LEDGER_ROW_BYTES } from "./ledger_row.ts";

/**
 * Opens a copy of the template (see `compression.ts`) and sets its attributes.
 *
 * @param provenance text attributes of the table
 * @param held holds HDF5's writes. @default none: all are made at once
 */
export function startFile(
  h5: H5,
  path: string,
  provenance: Readonly<Record<string, string>>,
  held?: HeldWrites,
): H5File {
  const file = new H5File(h5, path, "append", held);
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
