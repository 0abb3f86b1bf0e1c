import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { repairFile } from "../../lib/recording/repair/repair.ts";
import { Random } from "../../sim/random.ts";
import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "../assert.ts";
import { EventFeed } from "../cli/event_feed.ts";
import { first, nth } from "../elements.ts";
import { pythonTest, runPython } from "../interop/python.ts";
import { inFolder, namesIn } from "../lib/recording/fixtures.ts";
import { SEED } from "../property.ts";

const KILLS = 50;
/** Recorders at once. */
const WORKERS = 5;
const EVENTS_PER_SECOND = 300;

/** Events wait for a second, are looked at five times a second, and that was a second ago. */
const SAFE_MS = 1000 + 200 + 1000;

/** Events within which a subscription is known, for half a second. */
const SUBSCRIBE_EVENTS = EVENTS_PER_SECOND / 2;

/** When a recorder is killed. */
const MOMENTS = ["starting", "recording", "rotating", "closing", "resuming"] as const;

/** What a killed recorder must have left. */
interface Killed {
  name: string;
  folder: string;
  /** It must have the events from here on ... */
  from: number;
  /** ... to here, at least; none when it is less. */
  to: number;
  /** Events may be missing at so many places, where no recorder was running. */
  gaps: number;
}

// It has the machine for itself, for "the last second" is no promise of one that is overloaded.
pythonTest(
  `after ${KILLS} kills at any moment, files open and hold every event but those of the last second`,
  (python) =>
    inFolder(async (folder) => {
      tell(`SSDAQ_SEED=${SEED}`);
      const chances = new Float64Array(2 * KILLS);
      new Random(SEED, 0).fill(chances, 0, 1);
      await using feed = await EventFeed.start(EVENTS_PER_SECOND);
      const plans = Array.from({ length: KILLS }, (_, index) => ({
        moment: nth(MOMENTS, index % MOMENTS.length),
        compression: nth(chances, KILLS + index) < 0.5 ? "none" : "gzip:1",
        chance: nth(chances, index),
      }));
      const killed: Killed[] = [];
      const todo = plans.entries();
      await Promise.all(Array.from({ length: WORKERS }, async () => {
        for (const [index, { moment, compression, chance }] of todo) {
          const place = `${folder}/${String(index).padStart(2, "0")}`;
          Deno.mkdirSync(place);
          const name = `${index}: ${moment}, ${compression}, ${chance}`;

          const kill = async (when: typeof moment): Promise<Omit<Killed, "name" | "folder">> => {
            const common = ["-e", feed.endpoint, "--compression", compression];
            const file = ["record", `${place}/a.h5`, ...common];
            if (when === "starting") {
              return { ...await killAfterStart(feed, file, chance * 1200), to: 0, gaps: 0 };
            }
            if (when === "rotating") {
              const many = ["--folder", place, "--enumerate", "order", "--max-size", "600kB"];
              return await killRunning(feed, ["record", ...many, ...common], 2000 + chance * 2500);
            }
            if (when === "closing") {
              return await killRunning(feed, file, 3000, chance * 400);
            }
            const first = await killRunning(feed, file, chance * 4500);
            if (when === "recording") return first;
            await killAfterStart(feed, [...file, "--resume"], 300 + chance * 2000);
            return { ...first, gaps: 1 };
          };
          killed.push({ name, folder: place, ...await kill(moment) });
        }
      }));
      let events = 0;
      let lost = 0;
      let tested = 0;
      const names: string[] = [];
      const paths: string[] = [];
      for (const { name, folder } of killed) {
        for (const file of namesIn(folder).filter((name) => !name.startsWith("."))) {
          const { rows, lostRows } = await repairFile(`${folder}/${file}`);
          events += rows;
          lost += lostRows;
          names.push(name);
          paths.push(`${folder}/${file}`);
        }
      }
      const lines = (await runPython(python, "../alone/killed_files.py", ...paths)).split("\n");
      for (const { name, from, to, gaps } of killed) {
        const numbers = names.flatMap((owner, index) => {
          const line = nth(lines, index);
          return owner === name && line !== "" ? line.split(" ").map(Number) : [];
        });
        assertHolds(numbers, from, to, gaps, name);
        if (to >= from) tested++;
      }
      tell(
        `${paths.length} files, ${events} events, ${lost} rows cut off, ${tested} long enough`,
      );
      assertGreaterOrEqual(tested, KILLS / 5);
    }),
);

/** The numbers rise by one, but at so many places, and cover a range. */
function assertHolds(numbers: number[], from: number, to: number, gaps: number, name: string) {
  const steps = numbers.slice(1).map((number, index) => number - nth(numbers, index));
  assert(steps.every((step) => step >= 1), `${name}: not in order`);
  assertLessOrEqual(steps.filter((step) => step > 1).length, gaps, name);
  if (to < from) return;
  assert(numbers.length > 0, `${name}: lost all`);
  assertLessOrEqual(first(numbers), from, name);
  assertGreaterOrEqual(numbers[numbers.length - 1], to, name);
}

/** Kills a recorder some time after its process began. */
async function killAfterStart(feed: EventFeed, args: string[], delayMs: number) {
  await using record = new SsdaqProcess(args);
  await sleep(delayMs);
  await record.stop("SIGKILL");
  return { from: feed.lastBefore(Date.now()) + 1 };
}

/** Kills a recorder some time after it began to listen; before that it may be asked to end. */
async function killRunning(
  feed: EventFeed,
  args: string[],
  delayMs: number,
  afterInterruptMs?: number,
) {
  await using record = new SsdaqProcess(args);
  await record.says(/listening to/);
  await record.says(/connected to/);
  const from = feed.lastBefore(Date.now()) + SUBSCRIBE_EVENTS;
  await sleep(delayMs);
  const to = feed.lastBefore(Date.now() - SAFE_MS);
  if (afterInterruptMs !== undefined) {
    const ended = record.stop("SIGINT");
    await sleep(afterInterruptMs);
    await record.stop("SIGKILL").catch((error) => {
      // It was faster.
      if (!(error instanceof TypeError)) throw error;
    });
    await ended;
  } else {
    const { code } = await record.stop("SIGKILL");
    assertEquals(code, 137);
  }
  return { from, to, gaps: 0 };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
