import type { FolderDestination } from "../../../../lib/recording/write/destination.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { assertEquals, assertGreaterOrEqual, assertLess } from "../../../assert.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvent, makeEvents, namesIn, readNumbers } from "../fixtures.ts";

const HUGE = 1e12;
const SECOND = new Date("2024-01-31T23:59:59Z");

function open(destination: FolderDestination): Promise<EventWriter> {
  return EventWriter.open({
    destination,
    compression: "none",
    provenance: {},
    now: () => SECOND,
  });
}

Deno.test("in a folder the first event opens the first file", () =>
  inFolder(async (folder) => {
    const writer = await open({ folder, prefix: "a", enumerate: "order", maxSizeBytes: HUGE });
    assertEquals(writer.currentPath, undefined);
    assertEquals(writer.currentBytes, 0);
    assertEquals(writer.files, []);
    writer.tick(10_000);
    assertEquals(namesIn(folder), []);
    writer.write([makeEvent(1)], 10_000);
    assertEquals(writer.currentPath, `${folder}/a.00001.h5`);
    await writer.close();
    assertEquals(namesIn(folder), ["a.00001.h5"]);
  }));

Deno.test("a new file begins when the last one has reached its size", () =>
  inFolder(async (folder) => {
    const maxSizeBytes = 200_000;
    const writer = await open({ folder, prefix: "a", enumerate: "order", maxSizeBytes });
    for (let i = 1; i <= 100; i++) writer.write([makeEvent(i)], i);
    await writer.close();
    assertEquals(namesIn(folder), [1, 2, 3, 4, 5].map((order) => `a.0000${order}.h5`));
    const numbers: number[] = [];
    for (const { path, rows, bytes } of writer.files) {
      const inFile = await readNumbers(path);
      assertEquals(inFile.length, rows);
      assertEquals(Deno.statSync(path).size, bytes);
      assertLess(bytes, maxSizeBytes + 8 * 8760 + 5000);
      numbers.push(...inFile);
    }
    for (const { bytes } of writer.files.slice(0, -1)) assertGreaterOrEqual(bytes, maxSizeBytes);
    assertEquals(numbers, upTo(100));
    assertEquals(writer.rows, 100);
  }));

Deno.test("one large batch is spread over files as well", () =>
  inFolder(async (folder) => {
    const writer = await open({ folder, prefix: "a", enumerate: "order", maxSizeBytes: 500_000 });
    writer.write(makeEvents(1, 300), 0);
    await writer.close();
    assertEquals(writer.files.map(({ rows }) => rows), [64, 64, 64, 64, 44]);
  }));

Deno.test("a new file begins when the last one is old enough, counted from its first event", () =>
  inFolder(async (folder) => {
    const writer = await open({
      folder,
      prefix: "a",
      enumerate: "order",
      maxSizeBytes: HUGE,
      maxAgeMs: 60_000,
    });
    writer.write([makeEvent(1)], 5_000);
    writer.write([makeEvent(2)], 64_999);
    writer.write([makeEvent(3)], 65_000);
    assertEquals(writer.currentPath, `${folder}/a.00002.h5`);
    writer.tick(124_999);
    assertEquals(writer.currentPath, `${folder}/a.00002.h5`);
    writer.tick(125_000);
    assertEquals(writer.currentPath, undefined);
    writer.tick(500_000);
    await writer.close();
    assertEquals(writer.files.map(({ rows }) => rows), [2, 1]);
  }));

Deno.test("a new file begins with a run, in the middle of a batch too", () =>
  inFolder(async (folder) => {
    const writer = await open({ folder, prefix: "a", enumerate: "order", maxSizeBytes: HUGE });
    writer.write([...makeEvents(1, 3, 7n), ...makeEvents(1, 2, 2n ** 60n)], 0);
    writer.write(makeEvents(3, 4, 2n ** 60n + 1n), 0);
    await writer.close();
    assertEquals(writer.files.map(({ rows }) => rows), [3, 2, 2]);
    assertEquals(await readNumbers(`${folder}/a.00002.h5`), [1, 2]);
  }));

Deno.test("a single file takes every run and any size", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    writer.write(makeEvents(1, 100, 7n), 0);
    writer.write(makeEvents(1, 100, 8n), 1e9);
    assertEquals(writer.currentPath, file);
    await writer.close();
    assertEquals(writer.files.map(({ rows }) => rows), [200]);
  }));

Deno.test("names by order count on after the highest number, and gaps stay", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/a.00002.h5`, "taken");
    Deno.writeTextFileSync(`${folder}/a.00041.h5`, "taken");
    for (const force of [false, true]) {
      const writer = await open({
        folder,
        prefix: "a",
        enumerate: "order",
        maxSizeBytes: HUGE,
        force,
      });
      writer.write([makeEvent(1)], 0);
      await writer.close();
    }
    assertEquals(namesIn(folder), ["a.00002.h5", "a.00041.h5", "a.00042.h5", "a.00043.h5"]);
    assertEquals(Deno.readTextFileSync(`${folder}/a.00041.h5`), "taken");
  }));

Deno.test("names by date never replace a file", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/a.20240131T235959Z.h5`, "taken");
    const writer = await open({ folder, prefix: "a", enumerate: "date", maxSizeBytes: HUGE });
    writer.write([makeEvent(1, 1n), makeEvent(1, 2n)], 0);
    await writer.close();
    assertEquals(writer.files.map(({ path }) => path.slice(folder.length + 1)), [
      "a.20240131T235959Z_2.h5",
      "a.20240131T235959Z_3.h5",
    ]);
    assertEquals(Deno.readTextFileSync(`${folder}/a.20240131T235959Z.h5`), "taken");
  }));

Deno.test("names by date replace a file when forced, but none of the writer's own", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/a.20240131T235959Z.h5`, "taken");
    const writer = await open({
      folder,
      prefix: "a",
      enumerate: "date",
      maxSizeBytes: HUGE,
      force: true,
    });
    writer.write([makeEvent(1, 1n), makeEvent(2, 2n)], 0);
    await writer.close();
    assertEquals(namesIn(folder), ["a.20240131T235959Z.h5", "a.20240131T235959Z_2.h5"]);
    assertEquals(await readNumbers(`${folder}/a.20240131T235959Z.h5`), [1]);
  }));
