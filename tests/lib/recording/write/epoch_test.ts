import { Problems } from "../../../../cli/commands/check/problems.ts";
import { ReadoutComparison } from "../../../../cli/commands/check/readout_comparison.ts";
import { RecorderCounters } from "../../../../cli/commands/check/recorder_counters.ts";
import { RowDecoder } from "../../../../cli/commands/check/row_decoder.ts";
import { RowProblems } from "../../../../cli/commands/check/row_problems.ts";
import { StoredEvents } from "../../../../cli/commands/check/stored_events.ts";
import { OperationError } from "../../../../lib/errors.ts";
import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { superblockOf } from "../../../../lib/recording/hdf5/superblock.ts";
import { FileSummary } from "../../../../lib/recording/read/file_summary.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import { lastEvents, repairFile } from "../../../../lib/recording/repair/repair.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { resumePoint } from "../../../../lib/recording/write/resume.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";
import { inFolder, makeEvents, readNumbers, readRows } from "../fixtures.ts";

/** 20 events of run 1 and a row of the ledger, by a version that had no epoch. */
const WITHOUT_EPOCH = new URL("../data/without_epoch.h5", import.meta.url).pathname;

/** A file with two starts of run 7. */
async function twoStarts(file: string): Promise<void> {
  await using writer = await EventWriter.open({ destination: { file }, provenance: {} });
  writer.write(makeEvents(1, 30, 7n, 0xfffffff0), 0);
  writer.write(makeEvents(1, 20, 7n, 5), 0);
}

Deno.test("two starts of a run are told apart in the file, by its summary and where it goes on", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await twoStarts(file);
    const rows = await readRows(file);
    assertEquals(rows.map(({ epoch }) => epoch), [
      ...Array<number>(30).fill(0xfffffff0),
      ...Array<number>(20).fill(5),
    ]);
    const summary = new FileSummary();
    for (const row of rows) summary.add(row);
    assertEquals(
      summary.runs.map(({ run, epoch, events, missing }) => [run, epoch, events, missing]),
      [[7n, 0xfffffff0, 30, 0], [7n, 5, 20, 0]],
    );
    const last = [
      { run: 7n, epoch: 0xfffffff0, number: 30n },
      { run: 7n, epoch: 5, number: 20n },
    ];
    assertEquals(await lastEvents(file), last);
    assertEquals(await resumePoint({ file }), last);
    assertEquals((await repairFile(file)).lastEvents, last);
  }));

Deno.test("check takes the second start of a run for no repetition, but a repetition for one", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await twoStarts(file);
    const all = [...Array(50).keys()];
    // One for each event: its time is not that of its readouts.
    const { count, runs } = await checked(file, all);
    assertEquals(count, 50);
    assertEquals(runs, [
      { run: 7n, epoch: 0xfffffff0, events: 30, first: 1n, last: 30n },
      { run: 7n, epoch: 5, events: 20, first: 1n, last: 20n },
    ]);
    assertEquals((await checked(file, [...all, 49])).count, 52);
    const repeated = await checked(file, [29, 29]);
    assertEquals(repeated.texts[1], "row 1: it is stored after event 30");
  }));

/** The runs of some rows of a file, and what is wrong in themselves. */
async function checked(file: string, indices: readonly number[]) {
  using reader = await TableReader.open(file);
  const rows = new RowDecoder();
  rows.block(reader.read(0, reader.rows));
  using comparison = new ReadoutComparison(0);
  const wrong = new RowProblems();
  const stored = new StoredEvents(comparison, wrong);
  for (const index of indices) {
    rows.row(index);
    stored.add(rows);
  }
  const { count } = wrong;
  const problems = new Problems();
  await wrong.tell(problems, (row) => Promise.resolve(`row ${row}`));
  return { runs: stored.runs, texts: problems.texts, count };
}

Deno.test("what a recorder missed is counted once, though several files were open at once", () =>
  inFolder(async (folder) => {
    const ledger = newRecorderLedger();
    const counters = new RecorderCounters();
    const record = async (prefix: string, missed: number) => {
      ledger.recorder.missed = 0;
      const writer = await EventWriter.open({
        destination: { folder, prefix, enumerate: "order", maxSizeBytes: 1e9 },
        provenance: {},
        account: () => ({ ledger }),
      });
      writer.write([...makeEvents(1, 2, 7n), ...makeEvents(1, 2, 8n)], 0);
      writer.tick(0);
      ledger.recorder.missed = missed;
      writer.tick(1000);
      await writer.close();
      for (const { path } of writer.files) {
        using reader = await TableReader.open(path);
        counters.add(reader);
      }
    };
    await record("a", 5);
    assertEquals(counters.missed, 5);
    await record("b", 2);
    assertEquals(counters.missed, 7);
  }));

Deno.test("a file without epochs is read with 0, its ledger too, and repaired", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const bytes = Deno.readFileSync(WITHOUT_EPOCH);
    Deno.writeFileSync(file, bytes);
    const rows = await readRows(file);
    assertEquals(
      rows.map(({ number, run, epoch, millivolts }) => [number, run, epoch, millivolts[65]]),
      makeEvents(1, 20).map((event) => [event.number, 1n, 0, event.millivolts[65]]),
    );
    {
      using reader = await TableReader.open(file);
      const account = reader.account();
      assertEquals([account?.closed, account?.ledger.recorder.missed], [true, 3]);
      assertEquals([account?.start, account?.recorderEpoch], [1_706_745_599, 0]);
    }
    assertEquals((await repairFile(file)).wasDamaged, false);
    assertEquals(Deno.readFileSync(file), bytes);
    // The mark of a writer that was killed.
    bytes.set(superblockOf(bytes, BigInt(bytes.length), 5));
    Deno.writeFileSync(file, bytes);
    const { wasDamaged, rows: repaired, ledgerRows, lastEvents } = await repairFile(file);
    assertEquals([wasDamaged, repaired, ledgerRows], [true, 20, 2]);
    assertEquals(lastEvents, [{ run: 1n, epoch: 0, number: 20n }]);
    assertEquals((await readNumbers(file)).length, 20);
  }));

Deno.test("a file without epochs is not gone on with, which is said, and stays as it is", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    Deno.copyFileSync(WITHOUT_EPOCH, file);
    const error = await assertRejects(
      () => EventWriter.open({ destination: { file, resume: true }, provenance: {} }),
      OperationError,
      `cannot continue ${file}: an earlier version wrote it`,
    );
    assertEquals(error.message.endsWith("record to another file"), true, error.message);
    assertEquals(Deno.readFileSync(file), Deno.readFileSync(WITHOUT_EPOCH));
  }));
