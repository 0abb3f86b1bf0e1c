import { OperationError } from "../../../lib/errors.ts";
import { loadH5 } from "../../../lib/recording/hdf5/h5.ts";
import {
  decodeSuperblock,
  readHead,
  superblockOf,
} from "../../../lib/recording/hdf5/superblock.ts";
import { FileSummary } from "../../../lib/recording/read/file_summary.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { repairWith } from "../../../lib/recording/repair/repair.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { decodeLedgerRow } from "../../../lib/recording/table/ledger_row.ts";
import { decodeRow } from "../../../lib/recording/table/row.ts";
import { EventWriter } from "../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { makeEvents } from "../../lib/recording/fixtures.ts";
import type { FuzzTarget, OpenTarget } from "../engine/fuzz_target.ts";
import { ByteReader } from "./byte_reader.ts";

const EVENTS = 8;
/** Most of what HDF5 writes about a file is in its first bytes. */
const HEAD_BYTES = 16_000;
const MAX_PATCHES = 40;

/** Files to damage: closed, and as a killed recorder leaves it. */
async function wholeFiles(folder: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const files = [];
  for (const isClosed of [true, false]) {
    const file = `${folder}/whole-${isClosed}.h5`;
    const writer = await EventWriter.open({
      destination: { file },
      provenance: {},
      account: () => ({ ledger: {} }),
    });
    writer.write(makeEvents(1, EVENTS), 0);
    writer.tick(1000);
    if (!isClosed) files.push(Deno.readFileSync(file));
    await writer.close();
    if (isClosed) files.push(Deno.readFileSync(file));
  }
  return files;
}

/** A file as the input damages it: bytes are overwritten, and it may be cut off or be longer. */
function damaged(input: Uint8Array, wholes: readonly Uint8Array<ArrayBuffer>[]): Uint8Array {
  const reader = new ByteReader(input);
  const kind = reader.u8();
  if ((kind & 3) === 3) return reader.rest();
  const bytes = nth(wholes, kind & 1).slice();
  const length = (kind & 4) === 0
    ? bytes.length
    : Math.min(reader.u8() << 8 | reader.u16(), bytes.length + 100);
  for (let left = MAX_PATCHES; left > 0 && reader.hasMore; left--) {
    const place = reader.u16();
    const at = (place & 0x8000) === 0 ? place % HEAD_BYTES : place * 8 % bytes.length;
    const patch = reader.part(1 + reader.u8() % 16);
    bytes.set(patch.subarray(0, bytes.length - at), at);
  }
  if ((kind & 8) !== 0) sealed(bytes);
  const file = new Uint8Array(length);
  file.set(bytes.subarray(0, length));
  return file;
}

/** Makes the checksum of the first block right again: damage behind it is not seen otherwise. */
function sealed(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  bytes.set(superblockOf(bytes, view.getBigUint64(28, true), nth(bytes, 11)));
}

/** Whatever is wrong with a file is told in one line. */
function told<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    assert(error instanceof OperationError, error instanceof Error ? error.stack : String(error));
    assert(!error.message.includes("\n"), error.message);
    return undefined;
  }
}

/** Reads everything in a file; undefined if it is refused. */
function readAll(reader: TableReader): number | undefined {
  return told(() => {
    const summary = new FileSummary();
    let rows = 0;
    for (const block of reader.blocks()) {
      for (let index = 0; index < block.rows; index++, rows++) {
        summary.add(decodeRow(block.bytes, index * ROW_BYTES));
      }
    }
    for (let row = 0; row < reader.ledgerRows; row++) decodeLedgerRow(reader.readLedger(row, 1));
    reader.account();
    return rows;
  });
}

function checkSuperblock(bytes: Uint8Array): void {
  try {
    const { flags, endBytes } = decodeSuperblock(bytes.subarray(0, 48));
    const again = decodeSuperblock(superblockOf(bytes, endBytes, flags));
    if (again.version >= 3) assertEquals([again.flags, again.endBytes], [flags, endBytes]);
    assert(again.isSound);
  } catch (error) {
    if (!/^it is (?:empty|not HDF5|cut off)/.test(error instanceof Error ? error.message : "")) {
      throw error;
    }
  }
}

/** Where there is a file system in memory, it is used: repairs wait for the disk. */
function inMemory(): { dir?: string } {
  try {
    return Deno.statSync("/dev/shm").isDirectory ? { dir: "/dev/shm" } : {};
  } catch {
    return {};
  }
}

async function open(): Promise<OpenTarget> {
  const folder = Deno.makeTempDirSync({ ...inMemory(), prefix: "ssdaq-fuzz-hdf5-" });
  const path = `${folder}/damaged.h5`;
  const wholes = await wholeFiles(folder);
  const h5 = await loadH5();

  /** A repaired file opens, has as many rows as was said, and needs no second repair. */
  const checkRepaired = (rows: number) => {
    using reader = TableReader.openWith(h5, path);
    assertEquals([reader.rows, reader.unclosed], [rows, false]);
    assertEquals(readAll(reader), rows);
    assertEquals(decodeSuperblock(readHead(path)).flags, 0);
  };

  return {
    run(input) {
      const bytes = damaged(input, wholes);
      checkSuperblock(bytes);
      Deno.writeFileSync(path, bytes);
      const reader = told(() => TableReader.openWith(h5, path));
      if (reader !== undefined) {
        readAll(reader);
        reader.close();
      }
      const report = told(() => repairWith(h5, path));
      if (report?.wasDamaged) checkRepaired(report.rows);
      Deno.removeSync(path);
    },
    [Symbol.asyncDispose]() {
      Deno.removeSync(folder, { recursive: true });
      return Promise.resolve();
    },
  };
}

export const target: FuzzTarget = {
  name: "hdf5",
  summary: "files that were damaged: the head, the tables, and the rows of an HDF5 file",
  sources: [
    ...["lib/recording/read/", "lib/recording/repair/", "lib/recording/hdf5/superblock.ts"],
    ...["lib/recording/hdf5/h5_file.ts", "lib/recording/table/row.ts"],
    "lib/recording/table/ledger_row.ts",
  ],
  maxBytes: 1024,
  seeds: () => [
    Uint8Array.of(0),
    Uint8Array.of(1),
    Uint8Array.of(1, 28, 0, 7, 255, 255, 0),
    Uint8Array.of(5, 0, 255, 40),
    Uint8Array.of(9, 0x80, 0x90, 4, 1, 2, 3, 4, 5),
    Uint8Array.of(3, 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
  ],
  open,
};
