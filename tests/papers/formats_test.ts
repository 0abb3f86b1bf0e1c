import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { EVENT_COLUMNS } from "../../lib/export/event_columns.ts";
import { COUNTERS } from "../../lib/ledger/ledger.ts";
import { COLUMNS, ROW_BYTES } from "../../lib/recording/table/columns.ts";
import { LEDGER_COLUMNS } from "../../lib/recording/table/ledger_row.ts";
import {
  CameraEvent,
  encodeEvent,
  EVENT_BYTES,
  EventFlag,
  READOUT_MESSAGE_BYTES,
} from "../../lib/wire/event.ts";
import { decodePacket, encodePacket, READOUT_BYTES } from "../../lib/wire/packet.ts";
import { assert, assertEquals } from "../assert.ts";
import { allCaptured } from "../captured.ts";
import { nth } from "../elements.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { codeSpansOf, type Table, tablesOf } from "./markdown.ts";
import { pageOf } from "./pages.ts";

const { text } = pageOf("docs/formats.md");

/** The first table below a heading or a text. */
function tableBelow(mark: string): Table {
  const at = text.indexOf(mark);
  assert(at >= 0, mark);
  const [table] = tablesOf(text.slice(at));
  assert(table !== undefined, mark);
  return table;
}

/** The first table whose first column is called so. */
function tableOf(first: string): Table {
  const table = tablesOf(text).find(({ head }) => head[0] === first);
  assert(table !== undefined, first);
  return table;
}

/** The layout in a table: offset, bytes and type of each row. */
function layoutBelow(mark: string) {
  const { head, rows } = tableBelow(mark);
  assertEquals(head.slice(0, 3), ["offset", "bytes", "type"]);
  return rows.map(([offset, bytes, type]) => [Number(offset), Number(bytes), type] as const);
}

/** Where each part begins, which is where the one before it ends; and the end. */
function endsOf(layout: ReturnType<typeof layoutBelow>): number {
  let end = 0;
  for (const [offset, bytes] of layout) {
    assertEquals(offset, end);
    end += bytes;
  }
  return end;
}

Deno.test("formats: the layout of a packet is that which is decoded", () => {
  const layout = layoutBelow("## Packet");
  assertEquals(endsOf(layout), READOUT_BYTES);
  const words = Uint16Array.from({ length: 64 }, (_, line) => line);
  const bytes = encodePacket([{ tPrim: 1n, tAux: 2n, words }]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsetOf = (row: number) => nth(layout, row)[0];
  const [tPrimAt, primaryAt] = [offsetOf(0), offsetOf(1)];
  const [tAuxAt, auxiliaryAt] = [offsetOf(2), offsetOf(3)];
  assertEquals(
    [view.getBigUint64(tPrimAt), view.getUint16(primaryAt + 2 * 31)],
    [1n, 31],
  );
  assertEquals([view.getBigUint64(tAuxAt), view.getUint16(auxiliaryAt + 2 * 31)], [2n, 63]);
  assert(Array.isArray(decodePacket(bytes)));
});

Deno.test("formats: the layouts of both messages are those that are published", () => {
  const event = new CameraEvent();
  event.number = 1n;
  event.run = 2n;
  event.timestampNs = 3n;
  event.module(31).fill(4.5);
  event.setTimes(31, 0, 5, 0, 6);
  event.mask = 7;
  event.setReceiveTime(8, 9);
  event.flags = 10;
  event.spreadNs = 11;
  event.epoch = 12;
  const trailer = layoutBelow("### The 32 bytes at the end");
  assertEquals(endsOf(trailer), 32);
  const parts = [["event", EVENT_BYTES], ["readout", READOUT_MESSAGE_BYTES]] as const;
  const expected = {
    event: [1n, 2n, 3n, 4.5, 6n],
    readout: [1n, 3n, 8n, 9n, 4.5],
  };
  for (const [format, size] of parts) {
    const layout = layoutBelow(`\`${format}\`, ${size} bytes.`);
    assertEquals(endsOf(layout), size);
    const bytes = encodeEvent(event, format);
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    const [trailerAt] = layout.at(-1) ?? [0];
    const values = layout.slice(0, -1).map(([offset, length, type]) =>
      // Of an array, the last of it.
      type?.startsWith("f64")
        ? view.getFloat64(offset + length - 8, true)
        : view.getBigUint64(offset + length - 8, true)
    );
    assertEquals(values, expected[format]);
    const ends = trailer.map(([offset, , type]) =>
      type === "u64"
        ? Number(view.getBigUint64(trailerAt + offset, true))
        : view.getUint32(trailerAt + offset, true)
    );
    assertEquals(ends, [0x31445353, 7, 8, 9, 10, 11, 12]);
  }
  const flags = tableOf("flag").rows.map(([flag, name]) => [name, Number(flag)]);
  assertEquals(flags, Object.entries(EventFlag));
});

Deno.test("formats: the columns of a file and of exports are those that are written", () => {
  const { rows } = tableBelow("### Readout table");
  assertEquals(
    rows.map(([offset, column]) => [column, Number(offset)]),
    Object.entries(COLUMNS).map(([name, { offset }]) => [`\`${name}\``, offset]),
  );
  assert(text.includes(`${ROW_BYTES} bytes, little-endian, without gaps`));
  const ledger = tableBelow("### Ledger table").rows.map(([column]) => column);
  const counters = Object.entries(COUNTERS)
    .flatMap(([section, names]) => Object.keys(names).map((name) => `${section}_${name}`));
  assertEquals(
    ledger.flatMap((column) =>
      column === "`SECTION_COUNTER`" ? counters : codeSpansOf(column ?? "")
    ),
    LEDGER_COLUMNS,
  );
  assertEquals(
    tableBelow("## Exports").rows.map(([column, bits]) => [column, Number(bits)]),
    EVENT_COLUMNS.map(({ name, bits }) => [`\`${name}\``, bits]),
  );
});

/** Members of a status, in the order of the page. */
function membersBelow(mark: string): string[] {
  return tableBelow(mark).rows.flatMap(([members = ""]) => codeSpansOf(members)).sort();
}

/** Metrics that are no counters of the ledger. */
function metricsIn(metrics: string): string[] {
  const counters = Object.entries(COUNTERS).flatMap(([section, names]) =>
    Object.keys(names).map((name) => {
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return `ssdaq_${section}_${snake}_total`;
    })
  );
  return allCaptured(metrics, /^# TYPE (\w+) /gm)
    .filter((name) => !counters.includes(name)).sort();
}

function metricsOf(head: string): string[] {
  return tableOf(head).rows.flatMap(([metric = ""]) => codeSpansOf(metric)).sort();
}

/** What the page says of a program that it answers, such as `GET /status`. */
function routesOf(program: string): string[] {
  return tableOf("request").rows
    .filter(([, of = ""]) => of.split(", ").includes(program))
    .flatMap(([request = ""]) => {
      const [method] = request.match(/GET|POST/) ?? [];
      return codeSpansOf(request).map((code) =>
        `${method} ${code.replace(/^(GET|POST) /, "").replace(/\?.*/, "")}`
      );
    }).sort();
}

/** What a program itself says that it answers. */
async function routesAt(url: string): Promise<string[]> {
  const told = await (await fetch(`${url}/no-such-path`)).text();
  return told.trim().replace("no such path; this server has ", "").split(", ")
    .filter((route) => route !== "GET /live/access").sort();
}

async function controlOf(process: SsdaqProcess): Promise<string> {
  const [, url = ""] = await process.says(/control on (\S+)/);
  return url;
}

async function readText(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

Deno.test("formats: daemon, recorder, simulator and view answer what the page says", () =>
  inFolder(async (folder) => {
    const usual = ["--control", "127.0.0.1:0"];
    const daemonArgs = ["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", ...usual];
    await using daemon = new SsdaqProcess(daemonArgs);
    const daemonUrl = await controlOf(daemon);
    assertEquals(await routesAt(daemonUrl), routesOf("daemon"));
    assertEquals(
      Object.keys(JSON.parse(await readText(`${daemonUrl}/status`))).sort(),
      membersBelow("Of a daemon:"),
    );
    assertEquals(
      metricsIn(await readText(`${daemonUrl}/metrics`)),
      metricsOf("metric of a daemon"),
    );

    const place = ["--folder", folder, "-e", "tcp://127.0.0.1:1", "--fill-gaps", "off"];
    await using recorder = new SsdaqProcess(["record", ...place, ...usual]);
    const recorderUrl = await controlOf(recorder);
    assertEquals(await routesAt(recorderUrl), routesOf("recorder"));
    assertEquals(
      Object.keys(JSON.parse(await readText(`${recorderUrl}/status`))).sort(),
      membersBelow("Of a recorder:"),
    );
    assertEquals(
      metricsIn(await readText(`${recorderUrl}/metrics`)),
      metricsOf("metric of a recorder"),
    );

    await using sim = new SsdaqProcess(["sim", "--target", "127.0.0.1:9", ...usual]);
    const simUrl = await controlOf(sim);
    assertEquals(await routesAt(simUrl), routesOf("sim"));
    assertEquals(
      Object.keys(JSON.parse(await readText(`${simUrl}/status`))).sort(),
      membersBelow("Of a simulator:"),
    );
    await using view = new SsdaqProcess(["view", "-e", "tcp://127.0.0.1:1", ...usual]);
    const [, viewUrl = ""] = await view.says(/the live page is at (\S+)/);
    assertEquals(await routesAt(viewUrl), routesOf("view"));
    for (const process of [daemon, recorder, sim, view]) await process.stop();
  }));
