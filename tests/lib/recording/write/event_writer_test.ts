import { OperationError } from "../../../../lib/errors.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import { CHUNK_ROWS } from "../../../../lib/recording/table/columns.ts";
import type { Compression } from "../../../../lib/recording/table/compression.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import type { CameraEvent } from "../../../../lib/wire/event.ts";
import { assertEquals, assertLess, assertRejects, assertThrows } from "../../../assert.ts";
import { nth, only } from "../../../elements.ts";
import { inFolder, makeEvent, makeEvents, readNumbers, readRows } from "../fixtures.ts";

const COMPRESSIONS: Compression[] = [
  "none",
  ...([1, 2, 3, 4, 5, 6, 7, 8, 9] as const).map((level) => `gzip:${level}` as const),
];

async function visibleRows(path: string): Promise<number> {
  using reader = await TableReader.open(path);
  return reader.rows;
}

Deno.test("EventWriter writes exact values with every compression", () =>
  inFolder(async (folder) => {
    const events = makeEvents(1, 2 * CHUNK_ROWS + 3);
    for (const compression of COMPRESSIONS) {
      const file = `${folder}/${compression}.h5`;
      {
        await using writer = await EventWriter.open({
          destination: { file },
          compression,
          provenance: {},
        });
        writer.write(events, 0);
      }
      const rows = await readRows(file);
      assertEquals(rows.length, events.length);
      events.forEach((event: CameraEvent, index) => {
        const row = nth(rows, index);
        assertEquals(row.number, event.number);
        assertEquals(row.timestampNs, event.timestampNs);
        assertEquals(row.receiveSeconds, event.receiveSeconds);
        assertEquals(row.receiveNanoseconds, BigInt(event.receiveNanoseconds));
        assertEquals(row.run, event.run);
        assertEquals(row.mask, event.mask);
        assertEquals(row.flags, event.flags);
        assertEquals(row.millivolts, new Float32Array(event.millivolts));
        assertEquals(row.timesNs, new BigUint64Array(event.timesBytes.slice().buffer));
      });
      using reader = await TableReader.open(file);
      assertEquals(
        reader.filters,
        compression === "none" ? [] : ["shuffle", compression, "fletcher32"],
      );
      assertEquals(reader.chunkRows, CHUNK_ROWS);
    }
  }));

Deno.test("EventWriter compresses with gzip:1 by default", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using _writer = await EventWriter.open({ destination: { file }, provenance: {} });
    using reader = await TableReader.open(file);
    assertEquals(reader.filters[1], "gzip:1");
  }));

Deno.test("a batch of any size keeps the order of its events", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    let next = 1;
    for (const size of [1, 0, 3, CHUNK_ROWS, 7, 64, 200, 1]) {
      writer.write(makeEvents(next, next + size - 1), 0);
      next += size;
      assertEquals(writer.rows, next - 1);
    }
    await writer.close();
    assertEquals(writer.rows, next - 1);
    assertEquals(await readNumbers(file), Array.from({ length: next - 1 }, (_, i) => i + 1));
  }));

Deno.test("tick() makes events visible after the flush interval, when no further one comes", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using writer = await EventWriter.open({
      destination: { file },
      provenance: {},
      flushIntervalMs: 500,
    });
    writer.write([makeEvent(1)], 1000);
    writer.tick(1499);
    assertEquals(await visibleRows(file), 0);
    writer.tick(1500);
    assertEquals(await visibleRows(file), 1);
    writer.write([makeEvent(2)], 1600);
    writer.tick(2099);
    assertEquals(await visibleRows(file), 1);
    writer.tick(2100);
    assertEquals(await visibleRows(file), 2);
  }));

Deno.test("the flush interval is 1 s by default", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
    writer.write([makeEvent(1)], 0);
    writer.tick(999);
    assertEquals(await visibleRows(file), 0);
    writer.tick(1000);
    assertEquals(await visibleRows(file), 1);
  }));

Deno.test("no event waits for longer than the flush interval, however they come", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
    const arrivals: number[] = [];
    for (let nowMs = 0; nowMs < 12_000; nowMs += 125) {
      const size = nth([0, 1, 0, 9, 0, 0, 0, 0, 3], (nowMs / 125) % 9);
      for (let i = 0; i < size; i++) arrivals.push(nowMs);
      writer.write(makeEvents(arrivals.length - size + 1, arrivals.length), nowMs);
      writer.tick(nowMs);
      const due = arrivals.filter((arrivalMs) => nowMs - arrivalMs >= 1000).length;
      assertLess(due - await visibleRows(file), 1, `at ${nowMs} ms`);
    }
  }));

Deno.test("at the camera's rate each chunk is written once", () =>
  inFolder(async (folder) => {
    const sizeWith = async (intervalMs: number) => {
      const file = `${folder}/${intervalMs}.h5`;
      const writer = await EventWriter.open({ destination: { file }, provenance: {} });
      for (let i = 1; i <= 30 * CHUNK_ROWS; i++) writer.write([makeEvent(i)], i * intervalMs);
      await writer.close();
      return only(writer.files).bytes;
    };
    assertLess(await sizeWith(100), await sizeWith(0) * 1.02);
  }));

Deno.test("a file without events is valid", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    await writer.close();
    assertEquals(await readNumbers(file), []);
    assertEquals(writer.files.map(({ path, rows }) => ({ path, rows })), [{ path: file, rows: 0 }]);
  }));

Deno.test("provenance stands in the attributes, whatever its length and letters", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const provenance = {
      ssdaq_version: "0.1.0",
      host: "Zürich",
      endpoints: "",
      configuration: JSON.stringify({ text: "x".repeat(100_000) }),
    };
    await using _writer = await EventWriter.open({ destination: { file }, provenance });
    using reader = await TableReader.open(file);
    for (const [name, text] of Object.entries(provenance)) {
      assertEquals(reader.attributes[name], text);
    }
    assertEquals(reader.attributes.ss_data_version, 0n);
    assertEquals((reader.attributes.ssl2asic_ch as bigint[]).slice(0, 3), [29n, 23n, 21n]);
    assertEquals((reader.attributes.ssl2asic_ch as bigint[]).length, 64);
  }));

Deno.test("close() closes once; what comes after is refused", () =>
  inFolder(async (folder) => {
    const writer = await EventWriter.open({
      destination: { file: `${folder}/a.h5` },
      provenance: {},
    });
    await writer.close();
    await writer.close();
    assertThrows(() => writer.write([makeEvent(1)], 0), Error, "closed");
  }));

Deno.test("a file that was taken away fails the next write, by name", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    Deno.removeSync(file);
    const error = assertThrows(
      () => writer.write(makeEvents(1, CHUNK_ROWS), 0),
      OperationError,
      "cannot write to",
    );
    assertEquals(error.message.includes(file), true);
    await writer.close();
  }));

Deno.test("a folder that was taken away fails the first write, by name", () =>
  inFolder(async (folder) => {
    const gone = `${folder}/gone`;
    Deno.mkdirSync(gone);
    for (const enumerate of ["date", "order"] as const) {
      Deno.mkdirSync(gone, { recursive: true });
      const writer = await EventWriter.open({
        destination: { folder: gone, prefix: "a", enumerate, maxSizeBytes: 1 },
        provenance: {},
      });
      Deno.removeSync(gone);
      await assertRejects(
        // deno-lint-ignore require-await -- what is thrown becomes a rejection
        async () => writer.write([makeEvent(1)], 0),
        OperationError,
        gone,
      );
    }
  }));
