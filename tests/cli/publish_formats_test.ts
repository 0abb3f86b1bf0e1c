import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import type { DaemonStatus } from "../../lib/daemon/status.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { nth } from "../elements.ts";
import { inFolder, readNumbers, rowsNow } from "../lib/recording/fixtures.ts";
import { upTo } from "../up_to.ts";
import { waitFor } from "../wait_for.ts";
import { dataOf, type RecordSummary, simulate, startDaemon } from "./pipeline.ts";

const READOUTS = "tcp://127.0.0.1:0=readout";
const SOME = ["--readouts", "30", "--speed", "max"];
/** What SOME takes in camera time: at full speed its last readouts lie that far ahead of now. */
const SOME_MS = 3000;

async function statusOf(control = ""): Promise<DaemonStatus> {
  return await (await fetch(`${control}/status`)).json();
}

Deno.test("a daemon publishes on each endpoint in its format, and status says which", async () => {
  await using running = await startDaemon("-p", READOUTS, "--json");
  const { publish, replay, configuration } = await statusOf(running.control);
  assertEquals(publish.map(({ format }) => format), ["event", "readout"]);
  assertEquals(replay?.bytes, 0);
  assertEquals((configuration.publish as unknown[])[1], {
    endpoint: "tcp://127.0.0.1:0",
    format: "readout",
  });
  assertMatch(
    (await SsdaqProcess.run("ctl", "status", "--control", running.control ?? "")).stdout,
    /\(event\): 0 subscribers.*\n.*\(readout\): 0 subscribers/,
  );
  const ended = await running.daemon.stop();
  assertMatch(ended.stderr, /on tcp:\/\/127.0.0.1:\d+ \(event\) and tcp:\S+ \(readout\)\n/);
  const summary: Pick<DaemonStatus, "publish"> = dataOf(ended);
  assertEquals(summary.publish.map(({ format }) => format), ["event", "readout"]);
});

Deno.test("--format is for endpoints without one; readouts alone are not kept to be asked for", async () => {
  for (
    const [args, formats, keeps] of [
      [["--format", "readout"], ["readout"], false],
      [["--format", "readout", "-p", "tcp://127.0.0.1:0=event"], ["readout", "event"], true],
      [["--format", "event", "-p", READOUTS], ["event", "readout"], true],
    ] as const
  ) {
    await using running = await startDaemon(...args);
    const { publish, replay } = await statusOf(running.control);
    assertEquals(publish.map(({ format }) => format), [...formats]);
    assertEquals(replay !== null, keeps);
  }
});

Deno.test("a recorder of readouts beside one of events has each event once, as far as it hears them", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("-p", READOUTS);
    const { publish } = await statusOf(running.control);
    await simulate(running.target, ...SOME);
    const simulatedMs = Date.now();
    await waitFor(
      "the events",
      async () => (await statusOf(running.control)).ledger.events.published === 30,
    );
    const start = (file: string, { endpoint }: { endpoint: string }) =>
      new SsdaqProcess([
        ...["record", file, "-e", endpoint, "--json"],
        ...["--fill-gaps", running.control ?? ""],
      ]);
    const [eventFile, readoutFile] = [`${folder}/event.h5`, `${folder}/readout.h5`];
    await using events = start(eventFile, nth(publish, 0));
    await using readouts = start(readoutFile, nth(publish, 1));
    await running.daemon.says(/subscriber joined, now 2/);
    await waitFor("what was kept", async () => await rowsNow(eventFile) === 30);
    await waitFor("newer readouts", () => Date.now() > simulatedMs + SOME_MS);
    await simulate(running.target, ...SOME);
    await waitFor("events", async () => await rowsNow(eventFile) === 60);
    await waitFor("readouts", async () => await rowsNow(readoutFile) === 30);
    const [eventsEnd, readoutsEnd] = await Promise.all([events.stop(), readouts.stop()]);
    const { filled, stored, missed } = dataOf<RecordSummary>(eventsEnd).ledger.recorder;
    assertEquals([filled, stored, missed], [30, 60, 0]);
    const second = dataOf<RecordSummary>(readoutsEnd).ledger.recorder;
    assertEquals([second.filled, second.stored], [0, 30]);
    assertEquals(await readNumbers(eventFile), upTo(60));
    assertEquals(await readNumbers(readoutFile), upTo(60).slice(30));
  }));
