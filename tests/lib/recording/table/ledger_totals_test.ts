import { byteStoreOf } from "../../../../lib/recording/hdf5/byte_store.ts";
import { lookup3 } from "../../../../lib/recording/hdf5/lookup3.ts";
import { LEDGER_COUNTERS } from "../../../../lib/recording/table/ledger_row.ts";
import { TOTALS, writeTotals } from "../../../../lib/recording/table/ledger_totals.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { inFolder } from "../fixtures.ts";

const encoder = new TextEncoder();
const VALUES = LEDGER_COUNTERS.map((_, index) => index + 1);

/** A block with all attributes as HDF5 writes them: name, type and shape, value; and its checksum. */
function blockOf(names: readonly string[] = TOTALS): Uint8Array<ArrayBuffer> {
  const parts = names.flatMap((name) => [
    ...encoder.encode(`${name}\0`),
    ...new Array<number>(16).fill(7),
    ...new Array<number>(8).fill(0),
  ]);
  const block = Uint8Array.from([...encoder.encode("OCHK"), ...parts, 0, 0, 0, 0]);
  const checksumAt = block.length - 4;
  new DataView(block.buffer).setUint32(checksumAt, lookup3(block.subarray(0, checksumAt)), true);
  return block;
}

/** Writes the totals into a file of these bytes, and returns what it said and the file's bytes. */
function written(bytes: Uint8Array): Promise<[number[] | undefined, Uint8Array]> {
  return inFolder((folder) => {
    const path = `${folder}/file`;
    Deno.writeFileSync(path, bytes);
    using file = Deno.openSync(path, { read: true, write: true });
    const before = writeTotals(byteStoreOf(file), true, VALUES);
    return Promise.resolve<[number[] | undefined, Uint8Array]>([before, Deno.readFileSync(path)]);
  });
}

Deno.test("the totals are written in place, with a right checksum, and the old ones returned", async () => {
  const lead = new Uint8Array(100).fill(1);
  const bytes = Uint8Array.from([...lead, ...blockOf(), ...lead]);
  const [before, after] = await written(bytes);
  assertEquals(before, new Array(TOTALS.length).fill(0));
  assertEquals(after.length, bytes.length);
  const block = after.slice(100, -100);
  const checksum = new DataView(block.buffer).getUint32(block.length - 4, true);
  assertEquals(checksum, lookup3(block.subarray(0, -4)));
  assertEquals(after.filter((byte, at) => byte !== bytes[at]).length > VALUES.length, true);
  const [again] = await written(after);
  assertEquals(again, [1, ...VALUES]);
});

Deno.test("a file without a block of totals, or with a damaged one, stays as it is", async () => {
  const torn = blockOf();
  torn[torn.length - 1] = (torn.at(-1) ?? 0) ^ 1;
  const cases = {
    empty: new Uint8Array(),
    "of something else": new Uint8Array(500).fill(3),
    "without the mark of a block": blockOf().subarray(4),
    "without one attribute": blockOf(TOTALS.slice(0, -1)),
    "with a wrong checksum": torn,
    "cut off in the block": blockOf().subarray(0, -60),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const [before, after] = await written(bytes);
    assert(before === undefined, name);
    assertEquals(after, Uint8Array.from(bytes), name);
  }
});
