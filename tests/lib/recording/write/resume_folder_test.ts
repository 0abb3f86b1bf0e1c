import { OperationError } from "../../../../lib/errors.ts";
import { tryLock } from "../../../../lib/files/file_lock.ts";
import type { FolderDestination } from "../../../../lib/recording/write/destination.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { resumePoint } from "../../../../lib/recording/write/resume.ts";
import { readResumeMark, ResumeMark } from "../../../../lib/recording/write/resume_mark.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../../assert.ts";
import { first, flipBits, only } from "../../../elements.ts";
import { logTo, stageLogTo } from "../../../log_lines.ts";
import { inFolder, makeEvents, namesIn } from "../fixtures.ts";

const destinationIn = (
  folder: string,
  enumerate: "date" | "order" = "order",
): FolderDestination => ({
  ...{ folder, prefix: "a", enumerate, maxSizeBytes: 1e9 },
});

/** Writes events of a run to the next file of a folder, which is closed then. */
async function writeFile(
  folder: string,
  [first, last]: [number, number],
  run = 7n,
  epoch = 1,
): Promise<string> {
  const writer = await EventWriter.open({ destination: destinationIn(folder), provenance: {} });
  writer.write(makeEvents(first, last, run, epoch), 0);
  await writer.close();
  return only(writer.files).path;
}

/** Where a folder is gone on with, and what is said. */
async function resume(folder: string): Promise<{ events: unknown[]; said: string[] }> {
  const said: string[] = [];
  const events = await resumePoint(destinationIn(folder), logTo(said));
  return { events: events.map(({ run, epoch, number }) => [run, epoch, number]), said };
}

Deno.test("in a folder, resume takes each run's highest number, whenever its files were touched", () =>
  inFolder(async (folder) => {
    const older = await writeFile(folder, [1, 40]);
    await writeFile(folder, [1, 5], 6n);
    await writeFile(folder, [41, 90]);
    await writeFile(folder, [1, 9], 7n, 2);
    Deno.utimeSync(older, Date.now() / 1000, Date.now() / 1000 + 3600);
    const { events, said } = await resume(folder);
    assertEquals(new Set(events.map(String)), new Set(["6,1,5", "7,1,90", "7,2,9"]));
    assertEquals(said, []);
  }));

Deno.test("in a folder, resume takes the last event that can be read of a damaged file", () =>
  inFolder(async (folder) => {
    const file = await writeFile(folder, [1, 40]);
    const bytes = Deno.readFileSync(file);
    // zlib's mark begins the chunks; the last one holds the events 33 to 40.
    const at = bytes.findLastIndex((byte, index) => byte === 0x78 && bytes[index + 1] === 0x01);
    flipBits(bytes, at + 50, 0xff);
    Deno.writeFileSync(file, bytes);
    assertEquals((await resume(folder)).events, [[7n, 1, 32n]]);
  }));

Deno.test("in a folder, resume knows what was stored in files that were moved away", () =>
  inFolder(async (folder) => {
    await writeFile(folder, [1, 40]);
    await writeFile(folder, [41, 90]);
    const newest = await writeFile(folder, [91, 200]);
    Deno.removeSync(newest);
    const { events, said } = await resume(folder);
    assertEquals(events, [[7n, 1, 200n]]);
    assertMatch(
      only(said),
      /^a\.00003\.h5 is no longer in .* its events of run 7, up to event 200, are not/,
    );
    // Of a file that is there, its own events count: they may be fewer than were written.
    await writeFile(folder, [91, 120]);
    assertEquals((await resume(folder)).events, [[7n, 1, 120n]]);
    for (const name of namesIn(folder)) Deno.removeSync(`${folder}/${name}`);
    assertEquals((await resume(folder)).events, [[7n, 1, 120n]]);
  }));

Deno.test("in a folder, what was in a file that was moved away counts only beyond what is there", () =>
  inFolder(async (folder) => {
    await writeFile(folder, [1, 40]);
    Deno.removeSync(`${folder}/.a.resume`);
    {
      using mark = new ResumeMark(folder, "a", stageLogTo([]));
      mark.note({ run: 7n, epoch: 1, number: 40n, file: "a.00009.h5" });
    }
    assertEquals(await resume(folder), { events: [[7n, 1, 40n]], said: [] });
  }));

for (const what of ["without its first 512 bytes", "whose first block is damaged"]) {
  Deno.test(`in a folder, resume writes a file anew ${what}, and goes on after it`, () =>
    inFolder(async (folder) => {
      const file = await writeFile(folder, [1, 40]);
      const bytes = Deno.readFileSync(file);
      if (what.startsWith("without")) bytes.fill(0, 0, 512);
      else flipBits(bytes, 30, 1);
      Deno.writeFileSync(file, bytes);
      const { events, said } = await resume(folder);
      assertEquals(events, [[7n, 1, 40n]]);
      assertMatch(only(said), /a\.00001\.h5: written anew, 40 events/);
    }));
}

Deno.test("in a folder, resume tells of a file of which no event can be read", () =>
  inFolder(async (folder) => {
    await writeFile(folder, [1, 40]);
    const file = await writeFile(folder, [41, 45]);
    const bytes = Deno.readFileSync(file);
    // zlib's mark begins the one chunk.
    const at = bytes.findLastIndex((byte, index) => byte === 0x78 && bytes[index + 1] === 0x01);
    flipBits(bytes, at + 50, 0xff);
    Deno.writeFileSync(file, bytes);
    const { events, said } = await resume(folder);
    assertEquals(events, [[7n, 1, 40n]]);
    assertMatch(only(said), /a\.00002\.h5.*; its events may be stored again$/);
  }));

Deno.test("resume refuses a folder that cannot be looked into, for it may have files to go on after", () =>
  inFolder(async (folder) => {
    const error = await assertRejects(() => resume(`${folder}/gone`), OperationError);
    assertMatch(error.message, /cannot look into .*\/gone: it does not exist; create it: mkdir -p/);
  }));

Deno.test("the mark has what was flushed, once a second, and stays on a full disk", () =>
  inFolder(async (folder) => {
    const marked = () => {
      const said: string[] = [];
      const numbers = readResumeMark(folder, "a", stageLogTo(said)).map(({ number }) => number);
      assertEquals(said, []);
      return numbers;
    };
    const writer = await EventWriter.open({ destination: destinationIn(folder), provenance: {} });
    writer.write(makeEvents(1, 20, 7n), 0);
    assertEquals(marked(), []);
    writer.tick(1000);
    assertEquals(marked(), [20n]);
    writer.write(makeEvents(21, 30, 7n), 1000);
    writer.tick(1999);
    assertEquals(marked(), [20n]);
    const { size } = Deno.statSync(`${folder}/.a.resume`);
    await writer.close();
    assertEquals([marked(), Deno.statSync(`${folder}/.a.resume`).size], [[30n], size]);
  }));

Deno.test("a mark remembers 16 runs of any size, those that had an event last", () =>
  inFolder((folder) => {
    const last = 2n ** 64n - 1n;
    const events = Array.from({ length: 20 }, (_, index) => ({
      run: last - BigInt(index),
      epoch: 2 ** 32 - 1 - index,
      number: last - BigInt(index),
      file: `a.20240131T235959Z_${1000 + index}.h5`,
    }));
    const said: string[] = [];
    const log = stageLogTo(said);
    {
      using mark = new ResumeMark(folder, "a", log);
      for (const event of events) mark.note(event);
      // Of readouts, which have no run.
      mark.note({ run: 0n, epoch: 0, number: 1n, file: "a.00001.h5" });
    }
    assertEquals(readResumeMark(folder, "a", log), events.slice(4));
    // What was there is remembered by the next one.
    new ResumeMark(folder, "a", log)[Symbol.dispose]();
    assertEquals(readResumeMark(folder, "a", log), events.slice(4));
    assertEquals(said, []);
    const path = `${folder}/.a.resume`;
    const bytes = Deno.readFileSync(path);
    flipBits(bytes, 100, 1);
    Deno.writeFileSync(path, bytes);
    assertEquals(readResumeMark(folder, "a", log), []);
    assertEquals(said, [`not used: ${path}: it is damaged`]);
    return Promise.resolve();
  }));

Deno.test("where no mark can be written, recording goes on, and it is said", () =>
  inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/.a.resume`);
    const said: string[] = [];
    const writer = await EventWriter.open({
      destination: destinationIn(folder),
      provenance: {},
      log: logTo(said),
    });
    writer.write(makeEvents(1, 20, 7n), 0);
    await writer.close();
    assertMatch(
      only(said),
      /^cannot write .*\.a\.resume: it is not a plain file; if files are moved/,
    );
    assertEquals((await resume(folder)).events, [[7n, 0, 20n]]);
  }));

Deno.test("a link in place of the mark is not followed, and it is said", () =>
  inFolder((folder) => {
    const victim = `${folder}/victim`;
    Deno.writeTextFileSync(victim, "spared");
    Deno.symlinkSync(victim, `${folder}/.a.resume`);
    const said: string[] = [];
    const log = stageLogTo(said);
    new ResumeMark(folder, "a", log)[Symbol.dispose]();
    assertMatch(only(said), /^cannot write .*\.a\.resume: it is a link; if files are moved/);
    assertEquals(Deno.readTextFileSync(victim), "spared");
    return Promise.resolve();
  }));

Deno.test("of two recorders that write the same names, the second says that it keeps no mark", () =>
  inFolder(async (folder) => {
    const said: string[] = [];
    const open = () =>
      EventWriter.open({ destination: destinationIn(folder), provenance: {}, log: logTo(said) });
    await using first = await open();
    first.write(makeEvents(1, 20, 7n), 0);
    assertEquals(said, []);
    await using second = await open();
    second.write(makeEvents(1, 20, 8n), 0);
    assertMatch(only(said), /\.a\.resume: another recorder writes it/);
    for (const writer of [first, second]) await writer.close();
    assertEquals(namesIn(folder), ["a.00001.h5", "a.00002.h5"]);
    assertEquals(readResumeMark(folder, "a", stageLogTo(said)).map(({ run }) => run), [7n]);
  }));

Deno.test("in a folder, resume skips what is no recording, with a line for each", () =>
  inFolder(async (folder) => {
    await writeFile(folder, [1, 40]);
    Deno.symlinkSync("nowhere", `${folder}/a.00002.h5`);
    Deno.mkdirSync(`${folder}/a.00003.h5`);
    Deno.writeTextFileSync(`${folder}/a.00004.h5`, "no HDF5");
    Deno.symlinkSync(await writeFile(folder, [41, 50]), `${folder}/a.00006.h5`);
    const { events, said } = await resume(folder);
    assertEquals(events, [[7n, 1, 50n]]);
    assertEquals(said, [
      `not changed: ${folder}/a.00002.h5: it is a link to a file that does not exist`,
      `not changed: ${folder}/a.00003.h5: it is not a plain file`,
      `not changed: cannot repair ${folder}/a.00004.h5: it is not HDF5; its events may be stored again`,
    ]);
  }));

Deno.test("drafts of killed recorders are removed at the next start, but nobody else's", () =>
  inFolder(async (folder) => {
    const drafts = [".a.00001.h5.new", ".a.20240131T235959Z_2.h5.new", ".a.00009.h5.new"];
    const others = [".b.00001.h5.new", ".a.csv.new", "a.00001.h5.new"];
    for (const name of [...drafts, ...others]) Deno.writeTextFileSync(`${folder}/${name}`, "half");
    Deno.mkdirSync(`${folder}/.a.00010.h5.new`);
    using living = Deno.openSync(`${folder}/${drafts[2]}`, { read: true, write: true });
    assert(tryLock(living, "exclusive"));
    const said: string[] = [];
    const writer = await EventWriter.open({
      destination: destinationIn(folder),
      provenance: {},
      log: logTo(said),
    });
    await writer.close();
    assertEquals(namesIn(folder), [...others, drafts[2], ".a.00010.h5.new"].sort());
    assertEquals(said, [
      `not removed: ${folder}/.a.00010.h5.new is not a plain file; remove it`,
    ]);
  }));

Deno.test("a draft beside a file that is gone on with is removed, though it is the file's other name", () =>
  inFolder(async (folder) => {
    const file = `${folder}/x.h5`;
    const first = await EventWriter.open({ destination: { file }, provenance: {} });
    first.write(makeEvents(1, 5), 0);
    await first.close();
    Deno.linkSync(file, `${folder}/.x.h5.new`);
    const writer = await EventWriter.open({ destination: { file, resume: true }, provenance: {} });
    await writer.close();
    assertEquals(namesIn(folder), ["x.h5"]);
    assertEquals((await resumePoint({ file })).map(({ number }) => number), [5n]);
  }));

Deno.test("a killed recorder's file that somebody reads counts, though it cannot be repaired now", () =>
  inFolder(async (folder) => {
    const writer = await EventWriter.open({ destination: destinationIn(folder), provenance: {} });
    writer.write(makeEvents(1, 40, 7n, 1), 0);
    writer.tick(2000);
    const { path } = only(writer.files);
    // What a kill leaves is what there was before the file was closed.
    Deno.copyFileSync(path, `${folder}/left`);
    await writer.close();
    Deno.renameSync(`${folder}/left`, path);
    using reader = Deno.openSync(path);
    assert(tryLock(reader, "shared"));
    const { events, said } = await resume(folder);
    assertEquals(events, [[7n, 1, 40n]]);
    assertMatch(first(said), /^not repaired: cannot repair .* open in another process/);
  }));
