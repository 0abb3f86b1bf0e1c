import { ConfigurationError, OperationError, UnavailableError } from "../../../../lib/errors.ts";
import { tryLock } from "../../../../lib/files/file_lock.ts";
import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import type { FolderDestination } from "../../../../lib/recording/write/destination.ts";
import {
  EventWriter,
  type EventWriterOptions,
} from "../../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../../assert.ts";
import { flipBits } from "../../../elements.ts";
import { inFolder, makeEvent, namesIn, readNumbers } from "../fixtures.ts";

function refuses(
  options: Partial<EventWriterOptions>,
  folder: string,
  message: string,
  kind: typeof ConfigurationError | typeof UnavailableError = ConfigurationError,
) {
  return assertRejects(
    () => EventWriter.open({ destination: { file: `${folder}/x.h5` }, provenance: {}, ...options }),
    kind,
    message,
  );
}

Deno.test("EventWriter refuses a file that exists, and says how to go on", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    Deno.writeTextFileSync(file, "precious");
    await refuses({ destination: { file } }, folder, `file: ${file} exists already; choose`);
    assertEquals(Deno.readTextFileSync(file), "precious");
  }));

Deno.test("force replaces a file that exists", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    Deno.writeTextFileSync(file, "precious");
    const writer = await EventWriter.open({ destination: { file, force: true }, provenance: {} });
    writer.write([makeEvent(4)], 0);
    await writer.close();
    assertEquals(await readNumbers(file), [4]);
  }));

Deno.test("force replaces no file that a recorder is writing, but one that somebody reads, or that is no HDF5", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const open = () => EventWriter.open({ destination: { file, force: true }, provenance: {} });
    {
      await using living = await open();
      living.write([makeEvent(4)], 0);
      const error = await assertRejects(open, OperationError, `cannot create ${file}: `);
      assertMatch(error.message, /another process is writing it/);
    }
    assertEquals(await readNumbers(file), [4]);
    for (const read of [file, `${folder}/text`]) {
      if (read !== file) Deno.writeTextFileSync(file, "no HDF5");
      using reader = Deno.openSync(file);
      assert(tryLock(reader, "shared"));
      await using writer = await open();
      writer.write([makeEvent(5)], 0);
      await writer.close();
      assertEquals(await readNumbers(file), [5]);
    }
    assertEquals(namesIn(folder), ["a.h5"]);
  }));

Deno.test("EventWriter that cannot go on with a file leaves it as it is", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const open = (resume: boolean) =>
      EventWriter.open({
        destination: { file, resume },
        provenance: {},
        account: () => ({ ledger: { recorder: { ...newRecorderLedger().recorder, heard: 7 } } }),
      });
    await (await open(false)).close();
    const closed = Deno.readFileSync(file);
    {
      using reader = Deno.openSync(file);
      assert(tryLock(reader, "shared"));
      const error = await assertRejects(
        () => open(true),
        OperationError,
        `cannot continue ${file}`,
      );
      assertMatch(error.message, /another process has it open/);
    }
    assertEquals(Deno.readFileSync(file), closed);
    const damaged = closed.slice();
    // In the name of a column.
    flipBits(damaged, new TextDecoder("latin1").decode(closed).indexOf("tm_time\0"), 1);
    Deno.writeFileSync(file, damaged);
    await assertRejects(() => open(true), OperationError, `cannot continue ${file}`);
    assertEquals(Deno.readFileSync(file), damaged);
  }));

Deno.test("EventWriter refuses a wrong destination at once and leaves nothing behind", () =>
  inFolder(async (folder) => {
    const good: FolderDestination = {
      folder,
      prefix: "a",
      enumerate: "date",
      maxSizeBytes: 1e6,
    };
    Deno.writeTextFileSync(`${folder}/plain`, "");
    const missing = `${folder}/missing`;
    const cases: [EventWriterOptions["destination"], string][] = [
      [{ file: "" }, "file: needs a path"],
      [{ file: folder, force: true }, `file: ${folder} is not a plain file`],
      [
        { file: `${folder}/plain`, force: true, resume: true },
        `file: ${folder}/plain cannot be both`,
      ],
      [{ ...good, folder: `${folder}/plain` }, `folder: ${folder}/plain is not a folder`],
      [{ ...good, prefix: "" }, "prefix: ''"],
      [{ ...good, prefix: "a/b" }, "prefix: 'a/b'"],
      [{ ...good, enumerate: "size" as "date" }, "enumerate: 'size' is not known"],
      [{ ...good, maxSizeBytes: 0 }, "maxSizeBytes: 0 is not above 0"],
      [{ ...good, maxSizeBytes: NaN }, "maxSizeBytes: NaN is not above 0"],
      [{ ...good, maxAgeMs: -1 }, "maxAgeMs: -1 is not above 0"],
    ];
    for (const [destination, message] of cases) await refuses({ destination }, folder, message);
    // A disk may be mounted there a minute later.
    const advice = `folder ${missing} does not exist; create it`;
    for (const destination of [{ file: `${missing}/a.h5` }, { ...good, folder: missing }]) {
      await refuses({ destination }, folder, advice, UnavailableError);
    }
    assertEquals(namesIn(folder), ["plain"]);
  }));

Deno.test("EventWriter says that a place cannot be looked at, or have no files, for that may change", () =>
  inFolder(async (folder) => {
    const long = `${folder}/${"x".repeat(300)}.h5`;
    await refuses(
      { destination: { file: long } },
      folder,
      `cannot look at ${long}: `,
      UnavailableError,
    );
    if (Deno.build.os !== "linux") return;
    // A folder in which not even root can create files.
    await refuses(
      { destination: { file: "/proc/self/x.h5" } },
      folder,
      "file: cannot create files in /proc/self: ",
      UnavailableError,
    );
  }));

Deno.test("EventWriter refuses a file that another process is about to create", () =>
  inFolder(async (folder) => {
    const draft = `${folder}/.x.h5.new`;
    using other = Deno.openSync(draft, { createNew: true, read: true, write: true });
    assert(tryLock(other, "exclusive"));
    const error = await assertRejects(
      () => EventWriter.open({ destination: { file: `${folder}/x.h5` }, provenance: {} }),
      OperationError,
      `cannot create ${folder}/x.h5: `,
    );
    assertMatch(error.message, /\.x\.h5\.new is being written/);
    assertEquals(namesIn(folder), [".x.h5.new"]);
  }));

Deno.test("EventWriter refuses other wrong options at once and leaves nothing behind", () =>
  inFolder(async (folder) => {
    await refuses({ compression: "gzip:0" as "gzip:1" }, folder, "compression: 'gzip:0'");
    await refuses({ compression: "../none" as "none" }, folder, "compression: '../none'");
    await refuses({ flushIntervalMs: 0 }, folder, "flushIntervalMs: 0 is not above 0");
    await refuses({ provenance: { TITLE: "x" } }, folder, "provenance: 'TITLE'");
    await refuses({ provenance: { FIELD_9_NAME: "x" } }, folder, "provenance: 'FIELD_9_NAME'");
    await refuses({ provenance: { "": "x" } }, folder, "provenance: an attribute needs a name");
    assertEquals(namesIn(folder), []);
  }));
