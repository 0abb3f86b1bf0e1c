import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { only } from "../elements.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import {
  assertNothingLost,
  type DaemonSummary,
  dataOf,
  infoOf,
  type RecordSummary,
  simulate,
  startDaemon,
  startSubscriber,
} from "./pipeline.ts";

const EVENTS = 600;

Deno.test("32 modules at 10 readouts a second for a minute: every readout is in the file", () =>
  inFolder(async (folder) => {
    const file = `${folder}/run.h5`;
    await using running = await startDaemon("--json");
    await using record = await startSubscriber(running, ["record", file, "--json"]);
    const sent = await simulate(
      running.target,
      "--rate",
      "10",
      "--duration",
      "60s",
      "--speed",
      "10",
    );
    const built: DaemonSummary = dataOf(await running.daemon.stop());
    const stored: RecordSummary = dataOf(await record.stop());

    assertEquals([sent.packetsSent, sent.readoutsSent], [32 * 60, 32 * EVENTS]);
    assertNothingLost(sent, built, EVENTS);
    assertEquals(stored.ledger.recorder, {
      heard: EVENTS,
      filled: 0,
      stored: EVENTS,
      duplicate: 0,
      unstored: 0,
      missed: 0,
      runs: 1,
    });
    assertEquals(stored.brokenIdentities, []);
    assertEquals(stored.files.map(({ path, rows }) => [path, rows]), [[file, EVENTS]]);

    const { rows, unclosed, filters, attributes, runs } = await infoOf(file);
    assertEquals([rows, unclosed], [EVENTS, false]);
    const run = only(runs);
    assertEquals([run.firstNumber, run.lastNumber], [1, EVENTS]);
    assertEquals([run.missing, run.complete], [0, EVENTS]);
    assertEquals(filters, ["shuffle", "gzip:1", "fletcher32"]);
    assertEquals(attributes.endpoints, running.endpoint);

    const { stdout } = await SsdaqProcess.run("info", file);
    assertMatch(stdout, /600 events, .* shuffle \+ gzip:1 \+ fletcher32\n/);
    assertMatch(stdout, /run \d+: events 1 to 600, 0 missing, 600 of 600 complete, 32 modules\n/);
    assertMatch(stdout, /camera time 59\.9 s/);
  }));
