import { OperationError } from "../../../lib/errors.ts";
import { COUNTERS, newRecorderLedger } from "../../../lib/ledger/ledger.ts";
import { loadH5 } from "../../../lib/recording/hdf5/h5.ts";
import { H5File } from "../../../lib/recording/hdf5/h5_file.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import {
  decodeLedgerRow,
  LEDGER_COLUMNS,
  LEDGER_PATH,
  LEDGER_ROW_BYTES,
} from "../../../lib/recording/table/ledger_row.ts";
import { TOTALS } from "../../../lib/recording/table/ledger_totals.ts";
import { EventWriter } from "../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { inFolder, makeEvent, makeEvents } from "./fixtures.ts";

const TEMPLATES = ["none", ...Array.from({ length: 9 }, (_, index) => `gzip${index + 1}`)];

Deno.test("the ledger table of every template has the counters of the ledger, in their order", async () => {
  const h5 = await loadH5();
  const counters = Object.entries(COUNTERS).flatMap(([section, names]) =>
    Object.keys(names).map((name) => `${section}_${name}`)
  );
  const columns = ["cpu_t", ...counters, "daemon_run", "start", "daemon_epoch", "recorder_epoch"];
  assertEquals(LEDGER_COLUMNS, columns);
  for (const name of TEMPLATES) {
    const url = new URL(`../../../lib/recording/table/template/${name}.h5`, import.meta.url);
    const file = new H5File(h5, url.pathname, "read");
    const table = file.table(LEDGER_PATH);
    assertEquals(table.columns.map((column) => column.name), columns);
    assertEquals(table.rowBytes, LEDGER_ROW_BYTES);
    const attributes = file.attributes(LEDGER_PATH);
    for (const total of TOTALS) assertEquals(attributes[total], 0n, total);
    file.close();
  }
});

Deno.test("the block with the totals lies within a page in every template", () => {
  for (const name of TEMPLATES) {
    const bytes = Deno.readFileSync(
      new URL(`../../../lib/recording/table/template/${name}.h5`, import.meta.url),
    );
    const text = new TextDecoder("latin1").decode(bytes);
    const positions = TOTALS.map((total) => text.indexOf(`${total}\0`));
    const start = text.lastIndexOf("OCHK", positions[0]);
    const end = Math.max(...positions) + 100;
    assert(positions.every((at) => at > start));
    assertEquals(Math.floor(start / 4096), Math.floor(end / 4096), name);
  }
});

Deno.test("a writer with an account adds a row a second and one at the end, whose values are the totals", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const ledger = newRecorderLedger();
    let nowMs = 1_700_000_000_500;
    const writer = await EventWriter.open({
      destination: { file },
      provenance: {},
      now: () => new Date(nowMs),
      account: () => ({ ledger }),
    });
    for (let ms = 0; ms <= 3000; ms += 250, nowMs += 250) {
      writer.write([makeEvent(++ledger.recorder.stored)], ms);
      writer.tick(ms);
    }
    {
      using reader = await TableReader.open(file);
      assertEquals(reader.ledgerRows, 4);
      const account = reader.account();
      assertEquals([account?.closed, account?.ledger.recorder.stored], [false, 13]);
    }
    ledger.refused.size = 2 ** 53 - 1;
    await writer.close();
    using reader = await TableReader.open(file);
    const rows = reader.readLedger(0, reader.ledgerRows);
    const stored = Array.from({ length: reader.ledgerRows }, (_, index) => {
      const { time, start, ledger } = decodeLedgerRow(rows, index * LEDGER_ROW_BYTES);
      return [time, start, ledger.recorder.stored];
    });
    assertEquals(stored, [
      [1_700_000_000.5, 1_700_000_000, 1],
      [1_700_000_001.5, 1_700_000_000, 5],
      [1_700_000_002.5, 1_700_000_000, 9],
      [1_700_000_003.5, 1_700_000_000, 13],
      [1_700_000_003.75, 1_700_000_000, 13],
    ]);
    const account = reader.account();
    assertEquals([account?.closed, account?.ledger.refused.size], [true, 2 ** 53 - 1]);
    assertEquals(account?.daemonRun, 0n);
  }));

Deno.test("a writer without an account writes no ledger", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    writer.write(makeEvents(1, 3), 0);
    writer.tick(5000);
    await writer.close();
    using reader = await TableReader.open(file);
    assertEquals(reader.account(), undefined);
  }));

// A template made without the counter refused.number.
const OTHER_COUNTERS = new URL("./data/other_counters.h5", import.meta.url).pathname;

Deno.test("a file whose ledger has other counters is not continued, is told so, and stays as it is", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    Deno.copyFileSync(OTHER_COUNTERS, file);
    const error = await assertRejects(
      () => EventWriter.open({ destination: { file, resume: true }, provenance: {} }),
      OperationError,
      `cannot continue ${file}: another version wrote it`,
    );
    assertEquals(error.message.endsWith("record to another file"), true, error.message);
    assertEquals(Deno.readFileSync(file), Deno.readFileSync(OTHER_COUNTERS));
  }));
