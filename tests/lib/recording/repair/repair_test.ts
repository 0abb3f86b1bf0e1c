import { OperationError } from "../../../../lib/errors.ts";
import { lookup3 } from "../../../../lib/recording/hdf5/lookup3.ts";
import { decodeSuperblock, superblockOf } from "../../../../lib/recording/hdf5/superblock.ts";
import { lastEvents, repairFile } from "../../../../lib/recording/repair/repair.ts";
import { COLUMNS, ROW_BYTES } from "../../../../lib/recording/table/columns.ts";
import type { Compression } from "../../../../lib/recording/table/compression.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { repairText } from "../../../../lib/recording/repair/repair_text.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import { resumePoint } from "../../../../lib/recording/write/resume.ts";
import type { CameraEvent } from "../../../../lib/wire/event.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../../assert.ts";
import { flipBits } from "../../../elements.ts";
import { logTo } from "../../../log_lines.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvents, namesIn, readNumbers, TACK_NS } from "../fixtures.ts";

/** A file as a writer of events, from 1 on, leaves it that is killed after its flush. */
async function killedFile(
  path: string,
  { events = 20, compression }: { events?: number; compression?: Compression } = {},
): Promise<void> {
  const living = `${path}.living`;
  const writer = await EventWriter.open({
    destination: { file: living },
    provenance: {},
    account: () => ({ ledger: {} }),
    ...compression === undefined ? {} : { compression },
  });
  writer.write(makeEvents(1, events), 0);
  writer.tick(1000);
  Deno.copyFileSync(living, path);
  await writer.close();
  Deno.removeSync(living);
}

function readAll(path: string): Uint8Array {
  return Deno.readFileSync(path);
}

Deno.test("lookup3() has the values that its author tells", () => {
  const text = new TextEncoder().encode("Four score and seven years ago");
  assertEquals(lookup3(new Uint8Array()), 0xdeadbeef);
  assertEquals(lookup3(text), 0x17770551);
  assertEquals(lookup3(text, 1), 0xcd628161);
});

Deno.test("superblockOf() gives HDF5's own bytes back", () => {
  const head = readAll(
    new URL("../../../../lib/recording/table/template/none.h5", import.meta.url).pathname,
  )
    .subarray(0, 48);
  const { version, endBytes, isSound } = decodeSuperblock(head);
  assertEquals([version, isSound], [3, true]);
  assertEquals(superblockOf(head, endBytes, 0), head.slice());
});

Deno.test("repairFile() gives back every flushed event of a killed writer", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file);
    const report = await repairFile(file);
    assertEquals([report.wasDamaged, report.rows, report.lostRows], [true, 20, 0]);
    assertEquals([report.ledgerRows, report.lostLedgerRows], [1, 0]);
    assertEquals(report.lastEvents, [{ run: 1n, epoch: 0, number: 20n }]);
    assertEquals(await readNumbers(file), upTo(20));
  }));

Deno.test("repairFile() leaves a closed file as it is, byte for byte", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file);
    await repairFile(file);
    const before = readAll(file);
    const { wasDamaged, rows } = await repairFile(file);
    assertEquals([wasDamaged, rows], [false, 20]);
    assertEquals(readAll(file), before);
  }));

Deno.test("repairFile() cuts off events at the end that cannot be read, and tells how many", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file);
    const bytes = readAll(file);
    // zlib's mark begins the chunks; the last one holds the events 17 to 20.
    const at = bytes.findLastIndex((byte, index) => byte === 0x78 && bytes[index + 1] === 0x01);
    flipBits(bytes, at + 50, 0xff);
    Deno.writeFileSync(file, bytes);
    const { rows, lostRows } = await repairFile(file);
    assertEquals([rows, lostRows], [16, 4]);
    assertEquals((await readNumbers(file)).length, 16);
  }));

/** Where the rows of some events are in a file that is not compressed. */
function rowsIn(bytes: Uint8Array, first: number, last: number): number[] {
  const view = new DataView(bytes.buffer);
  const places: number[] = [];
  const isEvent = (at: number, number: number) =>
    view.getBigUint64(at + COLUMNS.iro.offset, true) === BigInt(number) &&
    view.getBigUint64(at + COLUMNS.time.offset, true) === TACK_NS + BigInt(number);
  for (let at = 0; at + ROW_BYTES <= bytes.length; at++) {
    if (!isEvent(at, first + places.length)) continue;
    places.push(at);
    at += ROW_BYTES - 1;
    if (first + places.length > last) break;
  }
  assertEquals(places.length, last - first + 1);
  return places;
}

/** Takes the rows of some events out of a file, as where the disk never got them. */
function blankRows(path: string, first: number, last: number): Uint8Array {
  const bytes = readAll(path);
  for (const at of rowsIn(bytes, first, last)) bytes.fill(0, at, at + ROW_BYTES);
  Deno.writeFileSync(path, bytes);
  return bytes;
}

Deno.test("repairFile() cuts off events at the end that never came to the disk, up to half of all", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file, { events: 200, compression: "none" });
    blankRows(file, 123, 200);
    const { rows, lostRows, lastEvents } = await repairFile(file);
    assertEquals([rows, lostRows], [122, 78]);
    assertEquals(lastEvents, [{ run: 1n, epoch: 0, number: 122n }]);
    assertEquals(await readNumbers(file), upTo(122));
  }));

Deno.test("where later events can be read, or most cannot, a new file gets all that can, and the damaged one stays", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    for (const [first, last] of [[123, 180], [123, 123], [90, 200]] as const) {
      await killedFile(file, { events: 200, compression: "none" });
      const before = blankRows(file, first, last);
      const report = await repairFile(file);
      const { rows, lostRows, salvaged, ledgerRows, lastEvents } = report;
      const lost = last - first + 1;
      assertEquals([rows, lostRows, ledgerRows], [200 - lost, lost, 1]);
      assertEquals(salvaged?.keptAs, `${file}.torn`);
      assertEquals(salvaged?.unreadable, [[first - 1, last - 1]]);
      assertEquals(lastEvents, [{ run: 1n, epoch: 0, number: last === 200 ? 89n : 200n }]);
      assertMatch(
        repairText(report),
        new RegExp(`${lost} lost, rows ${first - 1}.*; .*a.h5.torn$`),
      );
      assertEquals(readAll(`${file}.torn`), before);
      assertEquals(
        await readNumbers(file),
        upTo(200).filter((number) => number < first || number > last),
      );
      assertEquals((await repairFile(file)).wasDamaged, false);
      Deno.removeSync(`${file}.torn`);
    }
  }));

Deno.test("a closed file of which some rows cannot be read is written anew without them", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file, { compression: "none" });
    await repairFile(file);
    const before = blankRows(file, 11, 15);
    const { rows, salvaged } = await repairFile(file);
    assertEquals([rows, salvaged?.unreadable], [15, [[10, 14]]]);
    assertEquals(readAll(`${file}.torn`), before);
    assertEquals(await readNumbers(file), [...upTo(10), 16, 17, 18, 19, 20]);
  }));

for (const compression of ["none", "gzip:1", "gzip:6"] satisfies Compression[]) {
  Deno.test(`with ${compression}, every event is salvaged from a file without its first 10 kB`, () =>
    inFolder(async (folder) => {
      const file = `${folder}/a.h5`;
      await killedFile(file, { events: 100, compression });
      const bytes = readAll(file);
      bytes.fill(0, 0, 10_000);
      Deno.writeFileSync(file, bytes);
      const report = await repairFile(file);
      const { rows, ledgerRows, salvaged } = report;
      assertEquals([rows, ledgerRows, salvaged?.isLossKnown], [100, 1, false]);
      assertMatch(repairText(report), /written anew, 100 events, how many are lost is not known/);
      assertEquals(await readNumbers(file), upTo(100));
      assertEquals(namesIn(folder), ["a.h5", "a.h5.torn"]);
    }));
}

Deno.test("a salvaged file has the attributes of the damaged one, its compression, and where it is from", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({
      destination: { file },
      compression: "gzip:3",
      provenance: { host: "bench" },
    });
    writer.write(makeEvents(1, 40), 0);
    await writer.close();
    const bytes = readAll(file);
    const at = bytes.findIndex((byte, index) =>
      byte === 0x78 && bytes[index + 1] === 0x5e && index > 15_000
    );
    flipBits(bytes, at + 50, 0xff);
    Deno.writeFileSync(file, bytes);
    const { rows, lostRows } = await repairFile(file);
    assertEquals([rows, lostRows], [32, 8]);
    using reader = await TableReader.open(file);
    assertEquals(reader.attributes.host, "bench");
    assertEquals(reader.attributes.salvaged_from, "a.h5.torn");
    assertEquals(reader.filters, ["shuffle", "gzip:3", "fletcher32"]);
  }));

Deno.test("a file whose ledger cannot be read is written anew, with its events and counters", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file);
    const bytes = readAll(file);
    flipBits(bytes, 3500, 0xff);
    Deno.writeFileSync(file, bytes);
    const { rows, ledgerRows } = await repairFile(file);
    assertEquals([rows, ledgerRows], [20, 1]);
  }));

Deno.test("a file without events whose ledger cannot be read is repaired in place", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({
      destination: { file: `${folder}/living.h5` },
      provenance: {},
    });
    const bytes = readAll(`${folder}/living.h5`);
    await writer.close();
    flipBits(bytes, 3500, 0xff);
    Deno.writeFileSync(file, bytes);
    const { rows, salvaged } = await repairFile(file);
    assertEquals([rows, salvaged], [0, undefined]);
    assertEquals(await readNumbers(file), []);
  }));

/** A file with events of a run, of which its table has only the first ones. */
async function lateTable(
  file: string,
  inTable: readonly CameraEvent[],
  after: readonly CameraEvent[],
): Promise<void> {
  const living = `${file}.living`;
  const writer = await EventWriter.open({ destination: { file: living }, provenance: {} });
  writer.write(inTable, 0);
  writer.tick(1000);
  const head = readAll(living).slice(0, 16_000);
  writer.write(after, 1000);
  writer.tick(2000);
  // HDF5's records are those of the first second.
  const bytes = readAll(living);
  bytes.set(head);
  Deno.writeFileSync(file, bytes);
  await writer.close();
  Deno.removeSync(living);
}

Deno.test("events that a killed writer had written, but that its table lacks, are added", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await lateTable(file, makeEvents(1, 20), makeEvents(21, 48));
    const report = await repairFile(file);
    assertEquals([report.rows, report.addedRows, report.lostRows], [48, 28, 0]);
    assertEquals(report.lastEvents, [{ run: 1n, epoch: 0, number: 48n }]);
    assertMatch(repairText(report), /48 events, 28 of them were not yet in its table, none lost$/);
    assertEquals(await readNumbers(file), upTo(48));
  }));

Deno.test("events after a gap in their run are not added, and repair tells how many", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await lateTable(file, makeEvents(1, 24), makeEvents(31, 46));
    const report = await repairFile(file);
    assertEquals([report.rows, report.addedRows, report.leftOutRows], [24, 0, 16]);
    assertMatch(repairText(report), /24 events, none lost; 16 more .* after a gap and left out$/);
  }));

Deno.test("events without a run are added whatever their numbers: no recorder fetches those between", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await lateTable(file, makeEvents(1, 24, 0n), makeEvents(31, 46, 0n));
    const { addedRows } = await repairFile(file);
    assertEquals(addedRows, 16);
  }));

Deno.test("repairFile() leaves the file of a writer that lives alone", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
    writer.write(makeEvents(1, 20), 0);
    const before = readAll(file);
    await assertRejects(
      () => repairFile(file),
      OperationError,
      "being written, or open in another process",
    );
    assertEquals(readAll(file), before);
  }));

Deno.test("repairFile() refuses what is none of ours, and leaves it as it is", () =>
  inFolder(async (folder) => {
    await killedFile(`${folder}/killed.h5`);
    const killed = readAll(`${folder}/killed.h5`);
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(), "it is empty"],
      [new TextEncoder().encode("number,time\n1,2\n"), "it is not HDF5"],
      [killed.slice(0, 30), "cut off"],
      [killed.slice(0, 600), ""],
      [killed.slice(0, 15_000).with(20, 7), "its first block is damaged"],
    ];
    for (const [bytes, reason] of cases) {
      const path = `${folder}/x.h5`;
      Deno.writeFileSync(path, bytes);
      const error = await assertRejects(() => repairFile(path), OperationError, reason);
      assert(!error.message.includes("\n"), error.message);
      assertEquals(readAll(path), bytes);
    }
    await assertRejects(() => repairFile(`${folder}/no.h5`), OperationError, "no such file");
  }));

Deno.test("a writer goes on in a file whose last chunk is not full, with the file's compression", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await killedFile(file);
    assertEquals(await resumePoint({ file }), [{ run: 1n, epoch: 0, number: 20n }]);
    const writer = await EventWriter.open({
      destination: { file, resume: true },
      compression: "none",
      provenance: {},
    });
    for (let number = 21; number <= 100; number += 3) {
      writer.write(makeEvents(number, Math.min(number + 2, 100)), number * 1000);
    }
    await writer.close();
    assertEquals(await readNumbers(file), upTo(100));
    assertEquals(await lastEvents(file), [{ run: 1n, epoch: 0, number: 100n }]);
  }));

Deno.test("resume starts a file that is not there", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    assertEquals(await resumePoint({ file }), []);
    const writer = await EventWriter.open({ destination: { file, resume: true }, provenance: {} });
    await writer.close();
    assertEquals(namesIn(folder), ["a.h5"]);
  }));

Deno.test("in a folder, resume repairs what was left and goes on after the newest file", () =>
  inFolder(async (folder) => {
    const said: string[] = [];
    await killedFile(`${folder}/a.00001.h5`);
    await killedFile(`${folder}/b.00001.h5`);
    const destination = {
      folder,
      prefix: "a",
      enumerate: "order",
      maxSizeBytes: 1e9,
    } as const;
    assertEquals(await resumePoint(destination, logTo(said)), [{
      run: 1n,
      epoch: 0,
      number: 20n,
    }]);
    assertEquals(said, [`${folder}/a.00001.h5: repaired, 20 events, none lost`]);
    assertEquals(readAll(`${folder}/b.00001.h5`)[11], 5);
  }));

Deno.test("a left-over draft is replaced, and nothing is left beside a finished file", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    Deno.writeTextFileSync(`${folder}/.a.h5.new`, "half");
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    assertEquals(namesIn(folder), ["a.h5"]);
    await writer.close();
  }));
