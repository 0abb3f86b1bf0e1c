import { itemAt } from "../../lib/item_at.ts";
import type { Compression } from "../../lib/recording/table/compression.ts";
import { assert, assertEquals } from "../assert.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { seeds } from "../property.ts";
import { type Aftermath, layOut, repairAll, repairSteps, sweep } from "./aftermath.ts";
import type { DiskLog } from "./disk_log.ts";
import { cutPower, type DiskState } from "./power_cut.ts";
import { randomOf } from "./random.ts";
import { type RecordingOptions, recordSteps, stepsOf } from "./recordings.ts";
import { wholeEvents } from "./whole_events.ts";
import { withWriteBack } from "./write_back.ts";

/** What a disk writes whole or not at all: pages, or sectors. */
const PIECES = [4096, 512] as const;
const COMPRESSIONS = ["gzip:1", "none"] as const satisfies Compression[];

/** Files of a folder that follow one another, each of about 40 events. */
function folderOf(
  folder: string,
  compression: Compression,
  sync: boolean,
): RecordingOptions {
  const maxSizeBytes = compression === "none" ? 350_000 : 150_000;
  const destination = { folder, prefix: "a", enumerate: "order", maxSizeBytes } as const;
  return { destination, compression, sync, last: 100, rate: 10 };
}

/** A place to cut: any, or where most is not yet on the disk, before it is synchronised. */
function anyPlace({ steps }: DiskLog, random: () => number): number {
  const place = 1 + Math.floor(random() * steps.length);
  if (random() < 0.5) return place;
  const sync = steps.findIndex(({ kind }, index) => kind === "sync" && index >= place);
  return sync < 0 ? place : sync;
}

/** Cuts the power at many places, and tells what is left each time. */
async function cutOften(
  log: DiskLog,
  { states, pieceBytes, seed }: { states: number; pieceBytes: number; seed: number },
  look: (aftermath: Aftermath, state: DiskState) => void,
): Promise<void> {
  const random = randomOf(seed);
  await inFolder(async (folder) => {
    for (let count = 0; count < states; count++) {
      const state = cutPower(log, { steps: anyPlace(log, random), pieceBytes, random });
      layOut(folder, state);
      look(await repairAll(folder, state), state);
      sweep(folder);
    }
  });
}

/**
 * Everything that was counted as synced is there, once and in order, in tables that the power cut
 * did not tear.
 */
function assertWhole(aftermath: Aftermath, { counted }: Pick<DiskState, "counted">): void {
  const { numbers, refusals, lost, inTables, salvaged, nameless } = aftermath;
  assertEquals({ refusals, lost, salvaged, nameless }, {
    refusals: [],
    lost: [],
    salvaged: [],
    nameless: [],
  });
  assert(inTables >= counted.length, `${inTables} of ${counted.length} were in the tables`);
  assertEquals(numbers, numbers.toSorted((a, b) => a - b));
  assertEquals(numbers.length, new Set(numbers).size);
}

for (const pieceBytes of PIECES) {
  Deno.test(`with sync no synced event is lost in 250 states after a power cut, with pieces of ${pieceBytes} bytes`, async () => {
    const [seed = 0] = seeds(1);
    for (const compression of COMPRESSIONS) {
      const log = await stepsOf((folder) => folderOf(folder, compression, true));
      const states = compression === "none" ? 75 : 125;
      await cutOften(log, { states, pieceBytes, seed: seed + pieceBytes }, assertWhole);
    }
    const log = await resumedLog();
    await cutOften(log, { states: 50, pieceBytes, seed }, assertWhole);
  });
}

/** A recorder continues a file that was closed. Its first events are on the disk. */
function resumedLog(): Promise<DiskLog> {
  return inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await recordSteps(folder, { destination: { file }, sync: true, last: 30, rate: 10 });
    const log = await recordSteps(folder, {
      destination: { file, resume: true },
      sync: true,
      first: 31,
      last: 70,
      rate: 10,
    });
    const counted = Array.from({ length: 30 }, (_, index) => index + 1);
    return {
      start: log.start,
      steps: [...counted.map((number) => ({ kind: "counted" as const, number })), ...log.steps],
    };
  });
}

Deno.test("with sync no synced event is lost by two power cuts, the second one during the repair", async () => {
  const log = await stepsOf((folder) => folderOf(folder, "gzip:1", true));
  const random = randomOf(itemAt(seeds(1), 0));
  await inFolder(async (folder) => {
    for (let count = 0; count < 20; count++) {
      const first = cutPower(log, { steps: anyPlace(log, random), pieceBytes: 512, random });
      layOut(folder, first);
      const repair = await repairSteps(folder);
      sweep(folder);
      const steps = Math.floor(random() * (repair.steps.length + 1));
      layOut(folder, cutPower(repair, { steps, pieceBytes: 512, random }));
      const { numbers, lost, refusals } = await repairAll(folder, first);
      assertEquals({ lost, refusals }, { lost: [], refusals: [] });
      assertEquals(numbers.length, new Set(numbers).size);
      sweep(folder);
    }
  });
});

for (const compression of COMPRESSIONS) {
  for (const pieceBytes of PIECES) {
    Deno.test(`without sync, ${compression}: repair finds each event that is whole on the disk and continues the others, with pieces of ${pieceBytes} bytes`, async () => {
      const [seed = 0] = seeds(1);
      const random = randomOf(seed);
      const steps = await stepsOf((folder) => folderOf(folder, compression, false));
      const log = withWriteBack(steps, 30, random);
      let salvaged = 0;
      await cutOften(log, { states: 40, pieceBytes, seed }, ({ numbers }, { files }) => {
        const found = new Set(numbers);
        for (const [name, bytes] of files) {
          if (!/^[^.].*\.h5$/.test(name)) continue;
          const whole = wholeEvents(log, bytes);
          // Those after a gap are left out, so that a recorder that resumes fetches what is between.
          const continuing = whole.filter((number) => found.size === 0 || found.has(number - 1));
          assertEquals(continuing.filter((number) => !found.has(number)), []);
          salvaged += whole.length;
        }
      });
      assert(salvaged > 0);
    });
  }
}
