import { OperationError } from "../../../../lib/errors.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../../../lib/recording/table/columns.ts";
import type { Compression } from "../../../../lib/recording/table/compression.ts";
import { decodeRow } from "../../../../lib/recording/table/row.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../../../assert.ts";
import { flipBits } from "../../../elements.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvents } from "../fixtures.ts";
import { withHeaders } from "../with_headers.ts";

async function writeFile(
  file: string,
  events: number,
  compression: Compression = "none",
): Promise<void> {
  await using writer = await EventWriter.open({
    destination: { file },
    compression,
    provenance: {},
  });
  writer.write(makeEvents(1, events), 0);
}

Deno.test("TableReader reads in blocks of any size", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await writeFile(file, 20);
    using reader = await TableReader.open(file);
    assertEquals(reader.rows, 20);
    assertEquals(reader.unclosed, false);
    assertEquals(reader.bytes, Deno.statSync(file).size);
    for (const size of [1, 7, 8, 20, 64]) {
      const numbers: number[] = [];
      for (const { firstRow, rows, bytes } of reader.blocks(size)) {
        assertEquals(firstRow, numbers.length);
        assertEquals(bytes.length, rows * ROW_BYTES);
        for (let i = 0; i < rows; i++) {
          numbers.push(Number(decodeRow(bytes, i * ROW_BYTES).number));
        }
      }
      assertEquals(numbers, upTo(20));
    }
  }));

Deno.test("TableReader reads a file while it grows", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
    for (let rows = 0; rows < 50; rows += 5) {
      {
        using reader = await TableReader.open(file);
        assert(reader.unclosed);
        assertEquals(reader.rows, rows);
        assertEquals([...reader.blocks()].reduce((sum, block) => sum + block.rows, 0), rows);
      }
      writer.write(makeEvents(rows + 1, rows + 5), rows * 1000);
      writer.tick(rows * 1000 + 1000);
    }
  }));

Deno.test("TableReader reads what another process is writing, as far as that was flushed", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    assertEquals(await countElsewhere(file), "0 unclosed");
    writer.write(makeEvents(1, 21), 0);
    writer.tick(1000);
    assertEquals(await countElsewhere(file), "21 unclosed");
    await writer.close();
    assertEquals(await countElsewhere(file), "21");
  }));

Deno.test("TableReader says in one line what is wrong with a file", () =>
  inFolder(async (folder) => {
    const good = `${folder}/good.h5`;
    await writeFile(good, 20);
    const bytes = Deno.readFileSync(good);
    const openForWriting = bytes.slice();
    openForWriting[11] = 1;
    const cases: [string, Uint8Array, string][] = [
      ["empty.h5", new Uint8Array(), "it is empty"],
      ["text.h5", new TextEncoder().encode("number,time\n1,2\n"), "it is not HDF5"],
      ["short.h5", bytes.slice(0, 9), ""],
      ["cut.h5", bytes.slice(0, bytes.length - 100), "truncated"],
      ["open.h5", openForWriting, "another program has it open"],
    ];
    for (const [name, content, reason] of cases) {
      const path = `${folder}/${name}`;
      Deno.writeFileSync(path, content);
      const error = await assertRejects(() => TableReader.open(path), OperationError, reason);
      assert(error.message.startsWith(`cannot read ${path}: `), error.message);
      assert(!error.message.includes("\n"), error.message);
    }
    await assertRejects(() => TableReader.open(`${folder}/no.h5`), OperationError, "no such file");
    await assertRejects(() => TableReader.open(folder), OperationError, "cannot read");
  }));

/** As HDF5 writes a name of a column. */
const nameOf = (text: string) => new TextEncoder().encode(`${text}\0`);

/** As HDF5 writes a number of rows to which more may come. */
function rowsOf(count: bigint): Uint8Array {
  const bytes = new Uint8Array(16).fill(0xff);
  new DataView(bytes.buffer).setBigUint64(0, count, true);
  return bytes;
}

Deno.test("TableReader says what another program made otherwise", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.h5`;
    await writeFile(path, 20);
    const good = Deno.readFileSync(path);
    const [data, mask] = [nameOf("data"), nameOf("mask")];
    const cases = [
      [[[nameOf("flags"), nameOf("state")]], / not .* column flags\b/],
      [[[data, mask], [mask, data]], /column data .*layout/],
      [[[rowsOf(20n), rowsOf(2n ** 40n)]], /1099511627776 rows/],
    ] as const;
    for (const [replacements, reason] of cases) {
      Deno.writeFileSync(path, withHeaders(good, replacements));
      const error = await assertRejects(() => TableReader.open(path), OperationError);
      assertMatch(error.message, /^cannot read [^\n]*$/);
      assertMatch(error.message, reason);
    }
  }));

Deno.test("TableReader reports damaged rows by their numbers and reads the others", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await writeFile(file, 24, "gzip:1");
    const bytes = Deno.readFileSync(file);
    // The last chunk written stands last in the file, but for metadata; so does zlib's mark.
    const at = lastIndexOf(bytes, Uint8Array.of(0x78, 0x01), bytes.length - 2);
    flipBits(bytes, at + 100, 1);
    Deno.writeFileSync(file, bytes);
    using reader = await TableReader.open(file);
    const blocks = reader.blocks(8);
    blocks.next();
    blocks.next();
    const error = assertThrows(() => blocks.next(), OperationError, "cannot read rows 16 to 23");
    assert(!error.message.includes("\n"), error.message);
  }));

/** Counts rows in a process of its own: HDF5 shares what it knows of a file within one. */
async function countElsewhere(file: string): Promise<string> {
  const script = new URL("../count_rows.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", "--allow-env", script, file],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

function lastIndexOf(bytes: Uint8Array, part: Uint8Array, from: number): number {
  for (let at = from; at >= 0; at--) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  throw new Error("not found");
}
