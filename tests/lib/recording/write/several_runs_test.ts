import { newLedger } from "../../../../lib/ledger/ledger.ts";
import { TableReader } from "../../../../lib/recording/read/table_reader.ts";
import type { Account } from "../../../../lib/recording/table/ledger_row.ts";
import type { FolderDestination } from "../../../../lib/recording/write/destination.ts";
import {
  EventWriter,
  type EventWriterOptions,
} from "../../../../lib/recording/write/event_writer.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { only } from "../../../elements.ts";
import { logTo } from "../../../log_lines.ts";
import { fc } from "../../../property.ts";
import { inFolder, makeEvent, makeEvents, namesIn, readRows } from "../fixtures.ts";

function open(folder: string, options: Partial<EventWriterOptions> = {}): Promise<EventWriter> {
  const destination: FolderDestination = {
    folder,
    prefix: "a",
    enumerate: "order",
    maxSizeBytes: 1e9,
  };
  return EventWriter.open({ destination, compression: "none", provenance: {}, ...options });
}

/** By file: run, epoch and number of its events. */
async function contentsOf(folder: string): Promise<string[][]> {
  return await Promise.all(
    namesIn(folder).map(async (name) =>
      (await readRows(`${folder}/${name}`)).map(({ run, epoch, number }) =>
        `${run}/${epoch}/${number}`
      )
    ),
  );
}

const ids = (run: number, epoch: number, last: number) =>
  Array.from({ length: last }, (_, index) => `${run}/${epoch}/${index + 1}`);

Deno.test("events of several runs that alternate make a file a run, two starts of one too", () =>
  inFolder(async (folder) => {
    const writer = await open(folder);
    for (let number = 1; number <= 50; number++) {
      writer.write([makeEvent(number, 7n, 1), makeEvent(number, 8n, 1)], number * 100);
      writer.write([makeEvent(number, 7n, 2)], number * 100);
      writer.tick(number * 100);
    }
    assertEquals([writer.openFiles, writer.rows, writer.currentPath], [
      ...[3, 150],
      `${folder}/a.00003.h5`,
    ]);
    writer.write([makeEvent(51, 8n, 1)], 5000);
    assertEquals(writer.current?.path, `${folder}/a.00002.h5`);
    await writer.close();
    assertEquals(await contentsOf(folder), [ids(7, 1, 50), ids(8, 1, 51), ids(7, 2, 50)]);
    assertEquals(writer.files.reduce((rows, file) => rows + file.rows, 0), 151);
  }));

Deno.test("however runs alternate and pause, each event is stored once, in order, in a file of its run", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(11), fc.nat(4), fc.nat(20_000)), { maxLength: 60 }),
      (steps) =>
        inFolder(async (folder) => {
          const writer = await open(folder);
          const written = new Map<number, number>();
          let nowMs = 0;
          for (const [which, many, laterMs] of steps) {
            nowMs += laterMs;
            writer.tick(nowMs);
            const first = (written.get(which) ?? 0) + 1;
            written.set(which, first + many);
            // Runs 5 to 8, three starts of each.
            const id = [BigInt(5 + which % 4), 1 + Math.floor(which / 4)] as const;
            writer.write(makeEvents(first, first + many, ...id), nowMs);
            assert(writer.openFiles <= 8);
          }
          await writer.close();
          const stored = new Map<string, string[]>();
          for (const contents of await contentsOf(folder)) {
            const id = only([...new Set(contents.map((event) => event.replace(/\/\d+$/, "")))]);
            stored.set(id, [...stored.get(id) ?? [], ...contents]);
          }
          for (const [which, last] of written) {
            const [run, epoch] = [5 + which % 4, 1 + Math.floor(which / 4)];
            assertEquals(stored.get(`${run}/${epoch}`), ids(run, epoch, last));
          }
          assertEquals(stored.size, written.size);
        }),
    ),
    { numRuns: 30 },
  ));

Deno.test("names by date do not collide when two runs begin in one second", () =>
  inFolder(async (folder) => {
    const now = () => new Date("2024-01-31T23:59:59Z");
    const writer = await open(folder, {
      destination: { folder, prefix: "a", enumerate: "date", maxSizeBytes: 1e9, force: true },
      now,
    });
    for (let number = 1; number <= 3; number++) {
      writer.write([makeEvent(number, 7n, 1), makeEvent(number, 7n, 2)], 0);
    }
    await writer.close();
    assertEquals(namesIn(folder), ["a.20240131T235959Z.h5", "a.20240131T235959Z_2.h5"]);
    assertEquals(await contentsOf(folder), [ids(7, 1, 3), ids(7, 2, 3)]);
  }));

Deno.test("beyond eight runs at once the file that is idle for longest is closed, which is said", () =>
  inFolder(async (folder) => {
    const said: string[] = [];
    const writer = await open(folder, { log: logTo(said) });
    for (let run = 1; run <= 8; run++) writer.write([makeEvent(1, BigInt(run))], run);
    writer.write([makeEvent(2, 1n)], 9);
    assertEquals([writer.openFiles, said], [8, []]);
    writer.write([makeEvent(1, 9n)], 10);
    assertEquals(writer.openFiles, 8);
    assertMatch(
      only(said),
      /more than 8 runs at once: \S+a\.00002\.h5 is closed; if its run continues/,
    );
    writer.write([makeEvent(2, 2n)], 11);
    await writer.close();
    const contents = await contentsOf(folder);
    assertEquals(contents.length, 10);
    assertEquals([contents[0], contents[1], contents[9]], [
      ids(1, 0, 2),
      ids(2, 0, 1),
      ["2/0/2"],
    ]);
  }));

Deno.test("a file whose run is idle for 30 s is closed when another is under way, and else is not", () =>
  inFolder(async (folder) => {
    const writer = await open(folder);
    writer.write([makeEvent(1, 1n)], 0);
    writer.tick(1e6);
    assertEquals(writer.openFiles, 1);
    writer.write([makeEvent(2, 1n)], 1e6);
    writer.write([makeEvent(1, 2n)], 1e6 + 1000);
    writer.tick(1e6 + 29_999);
    assertEquals(writer.openFiles, 2);
    writer.tick(1e6 + 30_000);
    assertEquals([writer.openFiles, writer.currentPath], [1, `${folder}/a.00002.h5`]);
    writer.tick(1e9);
    assertEquals(writer.openFiles, 1);
    await writer.close();
    assertEquals(await contentsOf(folder), [ids(1, 0, 2), ids(2, 0, 1)]);
  }));

Deno.test("size and age are those of each file", () =>
  inFolder(async (folder) => {
    const writer = await open(folder, {
      destination: {
        ...{ folder, prefix: "a", enumerate: "order", maxSizeBytes: 150_000, maxAgeMs: 60_000 },
      },
    });
    for (let number = 1; number <= 24; number++) {
      writer.write([makeEvent(number, 1n)], 0);
      if (number === 1) writer.write([makeEvent(1, 2n)], 0);
    }
    assertEquals(writer.openFiles, 2);
    writer.write([makeEvent(2, 2n)], 59_999);
    writer.write([makeEvent(3, 2n)], 60_000);
    await writer.close();
    const contents = await contentsOf(folder);
    assertEquals(contents.map(({ length }) => length), [16, 2, 8, 1]);
    assertEquals(contents[1], ids(2, 0, 2));
  }));

Deno.test("a daemon's counters are only in the files of its run; the recorder's are in all", () =>
  inFolder(async (folder) => {
    const ledger = newLedger("packets", "malformed", "readouts", "events", "recorder", "refused");
    ledger.recorder.heard = 5;
    ledger.packets.received = 11;
    let told: Account = { ledger, daemonRun: 7n, daemonEpoch: 2 };
    const writer = await open(folder, { account: () => told });
    for (const [run, epoch] of [[7n, 1], [7n, 2], [8n, 2]] as const) {
      writer.write(makeEvents(1, 3, run, epoch), 0);
    }
    writer.tick(0);
    told = { ledger: { recorder: ledger.recorder, refused: ledger.refused } };
    writer.tick(1000);
    await writer.close();
    const accounts = await Promise.all(
      namesIn(folder).map(async (name) => {
        using reader = await TableReader.open(`${folder}/${name}`);
        const { daemonRun, daemonEpoch, ledger } = reader.account() ?? {};
        return [daemonRun, daemonEpoch, ledger?.packets.received, ledger?.recorder.heard];
      }),
    );
    assertEquals(accounts, [[0n, 0, 0, 5], [7n, 2, 11, 5], [0n, 0, 0, 5]]);
  }));

Deno.test("a single file says once how the rows of its runs are told apart", () =>
  inFolder(async (folder) => {
    const said: string[] = [];
    const file = `${folder}/a.h5`;
    const log = logTo(said);
    const writer = await open(folder, { destination: { file }, log });
    for (let number = 1; number <= 20; number++) {
      writer.write([makeEvent(number, 7n, 1)], 0);
      if (number > 1) writer.write([makeEvent(number, 7n, 2)], 0);
    }
    await writer.close();
    assertMatch(
      only(said),
      /a\.h5 has events of several runs: use the columns run and epoch to tell/,
    );
    assertEquals(namesIn(folder), ["a.h5"]);
    assertEquals((await readRows(file)).length, 39);
  }));
