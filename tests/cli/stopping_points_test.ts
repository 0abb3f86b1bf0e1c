/**
 * Processes that are killed, or stand still, at named moments between two steps. `deno task
 * failures` also does each of them later, and all of them standing still.
 *
 * @module
 */

import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { STOP_VARIABLE, type StoppingPoint } from "../../lib/stopping_point.ts";
import { allStops, runStops, type StopTest } from "../../scripts/failures/stops.ts";
import { Simulator } from "../../sim/simulator.ts";
import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "../assert.ts";
import { inFolder, rowsNow } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { dataOf } from "./pipeline.ts";
import { DAEMON, rowsIn, type RunSummary } from "./supervised_run.ts";

const isLinux = Deno.build.os === "linux";

/** Most of what they do is to wait. */
const AT_ONCE = 6;

/** These are later than the first time, when there are rows before. */
const LATER: readonly StoppingPoint[] = ["rows.resized", "rows.written"];

/** The moments at which standing still is worst: locks are held, or others wait. */
const STANDING: readonly StoppingPoint[] = [
  "daemon.taken",
  "publisher.sent",
  "file.linked",
  "rows.resized",
  "rows.flushed",
  "replay.answered",
];

async function assertHeld(tests: readonly StopTest[]) {
  const wrong = (await runStops(tests, AT_ONCE)).filter(({ reached, failure }) =>
    !reached || failure !== undefined
  );
  assertEquals(wrong, []);
}

Deno.test({
  name: "a process that is killed between any two steps loses nothing that was flushed",
  ignore: !isLinux,
  fn: () =>
    assertHeld(
      allStops("kill", 1).map((test) => ({ ...test, nth: LATER.includes(test.point) ? 3 : 1 })),
    ),
});

Deno.test({
  name: "a process that stands still between two steps for a while loses nothing",
  ignore: !isLinux,
  fn: () => assertHeld(allStops("stop", 1).filter(({ point }) => STANDING.includes(point))),
});

const FIRST_TACK_NS = 2n ** 60n;

/** 60 readouts, 10 in a second. */
const PART_NS = 6_000_000_000n;

/** Has a process of a run stand still after its first events, while it has the next ones. */
async function hangAt(point: StoppingPoint, hung: "daemon" | "record", folder: string) {
  const config = `${folder}/ssdaq.toml`;
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(config, DAEMON + `folder = "${folder}"\nenumerate = "order"`);
  await using run = new SsdaqProcess(
    ["run", "--config", config, "--json", "--hang-after", "2s"],
    undefined,
    // The process that starts after it does not come so far.
    { [STOP_VARIABLE]: `stop@${point}:100` },
  );
  const [, port] = await run.says(/receiving on udp:\/\/\S+:(\d+) /);
  await run.says(/subscriber joined/);
  // The second part goes on where the first ended, however long that took.
  const simulate60 = (part: number) =>
    new Simulator({
      target: { hostname: "127.0.0.1", port: Number(port) },
      ...{ readouts: 60, speed: Infinity, firstTackNs: FIRST_TACK_NS + BigInt(part) * PART_NS },
    }).run();
  await simulate60(0);
  const file = `${folder}/SlowSignal.00001.h5`;
  await waitFor("the first rows", async () => await rowsNow(file) === 60);
  await simulate60(1);
  await run.says(new RegExp(`${hung} hangs \\(no report for [\\d.]+ s\\): it is killed`));
  const started = hung === "daemon" ? "receiving on" : "listening to";
  await run.says(new RegExp(`(${started}[^]*){2}`));
  const { processes }: RunSummary = dataOf(await run.stop());
  assertEquals(
    processes.map(({ starts, code }) => [starts, code]),
    hung === "daemon" ? [[2, 0], [1, 0]] : [[1, 0], [2, 0]],
  );
  return await rowsIn(folder);
}

Deno.test({
  name: "run kills and starts again a process that stands still between two steps",
  ignore: !isLinux,
  fn: () =>
    inFolder(async (folder) => {
      const [ofDaemon, ofRecorder] = await Promise.all([
        hangAt("publisher.sent", "daemon", `${folder}/a`),
        hangAt("recorder.stored", "record", `${folder}/b`),
      ]);
      // ZeroMQ may have passed on what the killed daemon gave it, or not.
      assertGreaterOrEqual(ofDaemon, 60);
      assertLessOrEqual(ofDaemon, 100);
      assertEquals(ofRecorder, 120);
    }),
});
