import { OperationError } from "../../../../lib/errors.ts";
import type { Compression } from "../../../../lib/recording/table/compression.ts";
import { EventWriter } from "../../../../lib/recording/write/event_writer.ts";
import { resumePoint } from "../../../../lib/recording/write/resume.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../../assert.ts";
import { upTo } from "../../../up_to.ts";
import { inFolder, makeEvent, makeEvents, readNumbers } from "../fixtures.ts";

const CUT = "something cut or overwrote it while it was written";
const GONE = "something removed or replaced it while it was written";

/** What may be done to a file under a writer of 80 events, and what of them is left there. */
const DEEDS: {
  what: string;
  why: string;
  left: Record<"none" | "gzip:1", number>;
  act: (file: string) => void;
}[] = [
  {
    what: "cut to nothing",
    why: CUT,
    left: { none: 0, "gzip:1": 0 },
    act: (file) => Deno.truncateSync(file, 0),
  },
  {
    what: "cut in its first block",
    why: CUT,
    left: { none: 0, "gzip:1": 0 },
    act: (file) => Deno.truncateSync(file, 1000),
  },
  {
    what: "cut by its last chunk",
    why: CUT,
    left: { none: 79, "gzip:1": 72 },
    act: (file) => Deno.truncateSync(file, Deno.statSync(file).size - 100),
  },
  {
    what: "overwritten by a longer file",
    why: CUT,
    left: { none: 0, "gzip:1": 0 },
    act: (file) => Deno.writeFileSync(file, new Uint8Array(2e6).fill(7)),
  },
  {
    what: "replaced by another file",
    why: GONE,
    left: { none: 0, "gzip:1": 0 },
    act: (file) => {
      Deno.writeTextFileSync(`${file}.other`, "other");
      Deno.renameSync(`${file}.other`, file);
    },
  },
  {
    what: "removed",
    why: GONE,
    left: { none: 0, "gzip:1": 0 },
    act: (file) => Deno.removeSync(file),
  },
  // Its events are there, only elsewhere.
  {
    what: "moved",
    why: GONE,
    left: { none: 80, "gzip:1": 80 },
    act: (file) => Deno.renameSync(file, `${file}.moved`),
  },
];

for (const compression of ["none", "gzip:1"] as const satisfies Compression[]) {
  for (const { what, why, left, act } of DEEDS) {
    for (const when of ["flush", "close"]) {
      Deno.test(`a file with ${compression} that is ${what} is noticed at the next ${when}`, () =>
        inFolder(async (folder) => {
          const file = `${folder}/a.h5`;
          const writer = await EventWriter.open({
            destination: { file },
            compression,
            provenance: {},
          });
          writer.write(makeEvents(1, 72), 0);
          writer.tick(1000);
          writer.write(makeEvents(73, 80), 1000);
          writer.tick(2000);
          act(file);
          let error: OperationError;
          if (when === "flush") {
            writer.write([makeEvent(81)], 2000);
            error = assertThrows(() => writer.tick(3000), OperationError);
            assertThrows(() => writer.write([makeEvent(82)], 3000), OperationError);
            await writer.close();
          } else {
            error = await assertRejects(() => writer.close(), OperationError);
          }
          assertStringIncludes(error.message, file);
          assertStringIncludes(error.message, why);
          assert(!error.message.includes("\n"), error.message);
          assertEquals(writer.rows, left[compression]);
          if (what === "overwritten by a longer file") {
            assert(Deno.readFileSync(file).every((byte) => byte === 7));
          }
          if (what === "cut by its last chunk") {
            assertEquals(await readNumbers(file), upTo(left[compression]));
          }
        }));
    }
  }
}

Deno.test("a file that is cut while it is written is noticed", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    const writer = await EventWriter.open({ destination: { file }, provenance: {} });
    writer.write(makeEvents(1, 72), 0);
    writer.tick(1000);
    writer.write(makeEvents(73, 80), 1000);
    // The writer looks at the size of what it has just written.
    const { statSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.statSync = function () {
      Deno.truncateSync(file, 1000);
      return statSync.call(this);
    };
    try {
      const error = assertThrows(() => writer.tick(2000), OperationError);
      assertStringIncludes(error.message, CUT);
    } finally {
      Deno.FsFile.prototype.statSync = statSync;
      await writer.close();
    }
    assertEquals(writer.rows, 0);
  }));

Deno.test("what was in a file that was removed under a recorder is stored again by the next one", () =>
  inFolder(async (folder) => {
    const destination = {
      ...{ folder, prefix: "a", enumerate: "order", maxSizeBytes: 1e9 } as const,
    };
    const record = async (first: number, last: number, act: (file: string) => void) => {
      const writer = await EventWriter.open({ destination, provenance: {} });
      writer.write(makeEvents(first, last, 7n), 0);
      writer.tick(1000);
      act(writer.currentPath ?? "");
      await writer.close().catch(() => {});
    };
    const after = async () => (await resumePoint(destination)).map(({ number }) => number);
    await record(1, 20, () => {});
    await record(21, 40, (file) => Deno.removeSync(file));
    assertEquals(await after(), [20n]);
    // It may have been moved: then its events are somewhere.
    await record(21, 50, (file) => Deno.renameSync(file, `${folder}/elsewhere`));
    assertEquals(await after(), [50n]);
  }));

Deno.test("where one of several files is lost, the others keep what they had and what waited", () =>
  inFolder(async (folder) => {
    const writer = await EventWriter.open({
      destination: { folder, prefix: "a", enumerate: "order", maxSizeBytes: 1e9 },
      provenance: {},
    });
    writer.write([...makeEvents(1, 20, 7n), ...makeEvents(1, 20, 8n)], 0);
    writer.tick(1000);
    writer.write([makeEvent(21, 8n)], 1000);
    Deno.truncateSync(`${folder}/a.00001.h5`, 0);
    writer.write([makeEvent(21, 7n)], 1000);
    assertThrows(() => writer.tick(2000), OperationError, "a.00001.h5");
    await writer.close();
    const rows = new Map(writer.files.map(({ path, rows }) => [path, rows]));
    assertEquals(rows.get(`${folder}/a.00001.h5`), 0);
    assertEquals(rows.get(`${folder}/a.00002.h5`), 21);
    assertEquals((await readNumbers(`${folder}/a.00002.h5`)).length, 21);
  }));
