import { OperationError } from "../../../../lib/errors.ts";
import { replayJournal } from "../../../../lib/recording/journal/journal.ts";
import { decodeJournalPage } from "../../../../lib/recording/journal/journal_page.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import { repairFile } from "../../../../lib/recording/repair/repair.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { resumePoint } from "../../../../lib/recording/write/resume.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../../assert.ts";
import { killedAfter, layOut, repairSteps, sweep } from "../../../power/aftermath.ts";
import { cutPower } from "../../../power/power_cut.ts";
import { randomOf } from "../../../power/random.ts";
import { recordSteps } from "../../../power/recordings.ts";
import { replaced } from "../../../replaced.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvents, namesIn, readNumbers } from "../fixtures.ts";

/** A recorder with sync. */
function startWriter(file: string, provenance: Record<string, string> = {}): Promise<EventWriter> {
  return EventWriter.open({
    destination: { file },
    provenance,
    sync: true,
    account: () => ({ ledger: {} }),
  });
}

/** Copies a file as it is on the disk, with its journal. */
function copy(from: string, to: string): void {
  Deno.copyFileSync(from, to);
  Deno.copyFileSync(`${from}.journal`, `${to}.journal`);
}

Deno.test("with sync a file has a journal while it is written, and none when it is closed", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await startWriter(file);
    assertEquals(namesIn(folder), ["a.h5", "a.h5.journal"]);
    writer.write(makeEvents(1, 20), 0);
    writer.tick(1000);
    const page = decodeJournalPage(Deno.readFileSync(`${file}.journal`));
    assert(page !== undefined && page.regions.length > 0);
    await writer.close();
    assertEquals(namesIn(folder), ["a.h5"]);
    assertEquals(await readNumbers(file), upTo(20));
  }));

Deno.test("with sync others read each flushed event while the file grows, and never half of one", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await startWriter(file);
    const seen = async () => {
      copy(file, `${folder}/copy.h5`);
      return await readNumbers(`${folder}/copy.h5`);
    };
    for (let second = 0; second < 10; second++) {
      writer.write(makeEvents(second * 20 + 1, second * 20 + 20), second * 1000);
      assertEquals(await seen(), upTo(second * 20));
      writer.tick(second * 1000 + 1000);
      assertEquals(await seen(), upTo(second * 20 + 20));
    }
    await writer.close();
  }));

Deno.test("wherever a recorder with sync is killed, its file is repaired and continued with every synced event", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const log = await recordSteps(folder, {
      destination: { file },
      sync: true,
      last: 30,
      rate: 10,
    });
    sweep(folder);
    let killed = 0;
    for (let steps = 0; steps <= log.steps.length; steps += 3) {
      const { files, counted } = killedAfter(log, steps);
      layOut(folder, { files });
      if (files.has("a.h5")) {
        killed++;
        const [last] = await resumePoint({ file });
        const next = Number(last?.number ?? 0n) + 1;
        assert(next > counted.length, `${next} after ${counted.length}`);
        const writer = await EventWriter.open({
          destination: { file, resume: true },
          provenance: {},
          sync: true,
        });
        writer.write(makeEvents(next, 40), 0);
        await writer.close();
        assertEquals(await readNumbers(file), upTo(40));
        assert(!namesIn(folder).includes("a.h5.journal"));
      } else assertEquals(counted, []);
      sweep(folder);
    }
    assert(killed > 20, `${killed}`);
  }));

Deno.test("a journal is used for its own file only, and another file is not changed", () =>
  inFolder(async (folder) => {
    const [a, b] = [`${folder}/a.h5`, `${folder}/b.h5`];
    for (const [file, first] of [[a, 1], [b, 101]] as const) {
      const living = `${folder}/living.h5`;
      const writer = await startWriter(living, { started: file });
      writer.write(makeEvents(first, first + 19), 0);
      writer.tick(1000);
      copy(living, file);
      await writer.close();
      Deno.removeSync(living);
    }
    const journal = Deno.readFileSync(`${b}.journal`);
    Deno.copyFileSync(`${b}.journal`, `${a}.journal`);
    using file = Deno.openSync(a, { read: true, write: true });
    const before = Deno.readFileSync(a);
    assertEquals(replayJournal(a, file), "foreign");
    assertEquals(Deno.readFileSync(a), before);
    assertEquals(Deno.readFileSync(`${a}.journal`), journal);
    const { rows } = await repairFile(a);
    assertEquals([rows, await readNumbers(a)], [20, upTo(20)]);
    const { rows: rowsOfB } = await repairFile(b);
    assertEquals(rowsOfB, 20);
  }));

Deno.test("a journal that is not whole changes nothing, and is removed by the repair", () =>
  inFolder(async (folder) => {
    const [living, file] = [`${folder}/living.h5`, `${folder}/a.h5`];
    const writer = await startWriter(living);
    writer.write(makeEvents(1, 20), 0);
    writer.tick(1000);
    copy(living, file);
    await writer.close();
    const journal = Deno.readFileSync(`${file}.journal`);
    Deno.writeFileSync(`${file}.journal`, journal.with(200, (journal[200] ?? 0) ^ 1));
    const { rows } = await repairFile(file);
    assertEquals([rows, namesIn(folder)], [20, ["a.h5", "living.h5"]]);
  }));

/** Lets each write to the journal fail, as on a full disk. */
function fullJournal(path: string): Disposable {
  const { ino } = Deno.statSync(path);
  const { writeSync } = Deno.FsFile.prototype;
  return replaced(Deno.FsFile.prototype, "writeSync", function (this: Deno.FsFile, bytes) {
    if (this.statSync().ino === ino) throw new Error("No space left on device (os error 28)");
    return writeSync.call(this, bytes);
  });
}

Deno.test("where the journal cannot be written, the recorder ends with what was synced, which is repaired", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await startWriter(file);
    writer.write(makeEvents(1, 20), 0);
    writer.tick(1000);
    {
      using _full = fullJournal(`${file}.journal`);
      writer.write(makeEvents(21, 40), 1000);
      assertThrows(() => writer.tick(2000), OperationError, "No space left on device; it holds");
    }
    await writer.close();
    assertEquals(writer.rows, 20);
    const { rows } = await repairFile(file);
    assert(rows >= 20, `${rows}`);
    assertEquals((await readNumbers(file)).slice(0, 20), upTo(20));
  }));

Deno.test("a file that cannot be read and has a journal is refused with what to do", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    Deno.writeFileSync(file, new Uint8Array(20_000));
    Deno.writeFileSync(`${file}.journal`, new Uint8Array(200));
    const error = await assertRejects(() => TableReader.open(file), OperationError);
    assertEquals(error.code, "recording.stopped");
  }));

Deno.test("a recorder whose file was moved leaves the journal of the next one with that name", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const first = await startWriter(file);
    first.write(makeEvents(1, 20), 0);
    first.tick(1000);
    Deno.renameSync(file, `${folder}/moved.h5`);
    const next = await startWriter(file);
    next.write(makeEvents(101, 120), 0);
    next.tick(1000);
    const journal = Deno.readFileSync(`${file}.journal`);
    assertThrows(() => first.tick(2000), OperationError, "removed or replaced it");
    await first.close();
    assertEquals(Deno.readFileSync(`${file}.journal`), journal);
    await next.close();
    assertEquals(namesIn(folder), ["a.h5", "moved.h5"]);
  }));

Deno.test("while a repair changes a file, a power cut leaves its journal with its name", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const log = await recordSteps(folder, { destination: { file }, last: 30, rate: 10 });
    sweep(folder);
    layOut(folder, killedAfter(log, Math.floor(log.steps.length / 2)));
    const { size } = Deno.statSync(file);
    const repair = await repairSteps(folder);
    const number = repair.start.names.get("a.h5");
    const firstChange = repair.steps.findIndex((step) =>
      step.kind === "write" && step.file === number && step.at < size
    );
    const lastChange = repair.steps.findLastIndex(({ kind }) => kind === "write");
    assert(firstChange >= 0);
    for (let steps = firstChange + 1; steps <= lastChange + 1; steps++) {
      for (let seed = 0; seed < 10; seed++) {
        const { files } = cutPower(repair, { steps, pieceBytes: 512, random: randomOf(seed) });
        assert(files.has("a.h5.journal"), `after ${steps} of ${repair.steps.length} steps`);
      }
    }
  }));

Deno.test("a file with the name of a journal that is none is never removed, and it is said", () =>
  inFolder(async (folder) => {
    const [living, file] = [`${folder}/living.h5`, `${folder}/a.h5`];
    const notes = () => Deno.readTextFileSync(`${file}.journal`);
    Deno.writeTextFileSync(`${file}.journal`, "notes of the shift");
    await assertRejects(() => startWriter(file), OperationError, "not a journal of ssdaq");
    assertEquals(namesIn(folder), ["a.h5.journal"]);
    const writer = await EventWriter.open({ destination: { file: living }, provenance: {} });
    writer.write(makeEvents(1, 20), 0);
    writer.tick(1000);
    Deno.copyFileSync(living, file);
    await assertRejects(() => repairFile(file), OperationError, "not a journal of ssdaq");
    await writer.close();
    Deno.copyFileSync(living, file);
    assertEquals((await repairFile(file)).rows, 20);
    assertEquals([notes(), namesIn(folder)], [
      "notes of the shift",
      ["a.h5", "a.h5.journal", "living.h5"],
    ]);
  }));

Deno.test("a recorder without sync that replaces a file removes the journal of that file too", () =>
  inFolder(async (folder) => {
    const [living, file] = [`${folder}/living.h5`, `${folder}/a.h5`];
    const killed = await startWriter(living);
    killed.write(makeEvents(1, 20), 0);
    killed.tick(1000);
    copy(living, file);
    await killed.close();
    const writer = await EventWriter.open({ destination: { file, force: true }, provenance: {} });
    writer.write(makeEvents(101, 120), 0);
    await writer.close();
    assertEquals(namesIn(folder), ["a.h5", "living.h5"]);
  }));
