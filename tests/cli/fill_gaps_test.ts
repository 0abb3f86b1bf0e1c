import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../assert.ts";
import { inFolder, readNumbers, readRows, rowsNow } from "../lib/recording/fixtures.ts";
import { upTo } from "../up_to.ts";
import { waitFor } from "../wait_for.ts";
import {
  dataOf,
  hasPublished,
  type RecordSummary,
  type RunningDaemon,
  simulate,
  startDaemon,
  startSubscriber,
} from "./pipeline.ts";

/** A recorder of a daemon's events that fills its gaps from the daemon. */
function recordArgs({ endpoint, control = "" }: RunningDaemon, ...args: string[]): string[] {
  return ["record", ...args, "-e", endpoint, "--fill-gaps", control, "--json"];
}

/** Waits until a file holds so many events. */
function holding(file: string, events: number): Promise<void> {
  return waitFor(
    `${events} events in ${file}`,
    async () => await rowsNow(file) >= events,
  );
}

Deno.test("a recorder that starts when all is over has every event of the run", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon();
    await simulate(running.target, "--readouts", "600", "--speed", "100");
    await hasPublished(running, 600);
    const file = `${folder}/a.h5`;
    await using record = new SsdaqProcess(recordArgs(running, file, "--events", "600"));
    const { ledger: { recorder }, brokenIdentities } = dataOf<RecordSummary>(await record.ended);
    assertEquals([recorder.filled, recorder.stored, recorder.missed], [600, 600, 0]);
    assertEquals(brokenIdentities, []);
    assertEquals(await readNumbers(file), upTo(600));
  }));

Deno.test("a control port full of requests that do not end makes no gap, and is healthy", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon();
    await simulate(running.target, "--readouts", "600", "--speed", "100");
    await hasPublished(running, 600);
    const { hostname, port, host } = new URL(running.control ?? "");
    const request = `POST /pause HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\n{`;
    using connections = new DisposableStack();
    for (let count = 0; count < 64; count++) {
      const connection = connections.use(await Deno.connect({ hostname, port: Number(port) }));
      await connection.write(new TextEncoder().encode(request));
    }
    for (let times = 0; times < 40; times++) {
      const { status, body } = await fetch(`${running.control}/healthz`);
      await body?.cancel();
      assertEquals(status, 200);
    }
    const file = `${folder}/a.h5`;
    await using record = new SsdaqProcess(recordArgs(running, file, "--events", "600"));
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.ended);
    assertEquals([recorder.filled, recorder.stored, recorder.missed], [600, 600, 0]);
    assertEquals(await readNumbers(file), upTo(600));
  }));

Deno.test("a recorder that is killed and goes on has every event once and in order", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("--json");
    const file = `${folder}/a.h5`;
    const simulation = simulate(running.target, "--readouts", "1500", "--speed", "30");
    for (const events of [100, 400, 700]) {
      await using killed = new SsdaqProcess(recordArgs(running, file, "--resume"));
      await holding(file, events);
      await killed.stop("SIGKILL");
    }
    await simulation;
    await using last = new SsdaqProcess(recordArgs(running, file, "--resume"));
    await last.says(/repaired/);
    await holding(file, 1500);
    const { ledger: { recorder } } = dataOf<RecordSummary>(await last.stop());
    assertEquals([recorder.missed, recorder.unstored], [0, 0]);
    assertGreater(recorder.filled, 0);
    assertEquals(await readNumbers(file), upTo(1500));
  }));

Deno.test("a recorder that is too slow for a while has every event once and in order", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("--json");
    const file = `${folder}/a.h5`;
    await using record = await startSubscriber(
      running,
      ["record", file, "--compression", "none", "--fill-gaps", running.control ?? "", "--json"],
    );
    await simulate(running.target, "--readouts", "100", "--speed", "max");
    await holding(file, 50);
    Deno.kill(record.pid, "SIGSTOP");
    const sent = await simulate(running.target, "--readouts", "15000", "--speed", "400");
    Deno.kill(record.pid, "SIGCONT");
    assertEquals(sent.sendErrors, 0);
    await holding(file, 15_100);
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.stop());
    assertEquals([recorder.stored, recorder.missed, recorder.unstored], [15_100, 0, 0]);
    assertGreater(recorder.filled, 0);
    assertEquals(await readNumbers(file), upTo(15_100));
  }));

Deno.test("what the daemon has no more is missed, and the file says so", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("--replay-buffer", "1MiB");
    await simulate(running.target, "--readouts", "100", "--speed", "max");
    await hasPublished(running, 100);
    const file = `${folder}/a.h5`;
    await using record = new SsdaqProcess(recordArgs(running, file));
    await holding(file, 61);
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.stop());
    assertEquals([recorder.filled, recorder.stored, recorder.missed], [61, 61, 39]);
    assertEquals(await readNumbers(file), upTo(100).slice(39));
    const { stdout } = await SsdaqProcess.run("info", file);
    assertMatch(stdout, /missed 39/);
    assertMatch(stdout, /built 100/, "the daemon's counters are in the file too");
  }));

Deno.test("a run that ends by /reset-count is recorded to its end, and the next from 1 on", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("--run", "5");
    const file = `${folder}/a.h5`;
    await using record = new SsdaqProcess(recordArgs(running, file));
    await record.says(/connected to/);
    await simulate(running.target, "--readouts", "20", "--rate", "40", "--speed", "max");
    await holding(file, 20);
    const response = await fetch(`${running.control}/reset-count`, { method: "POST" });
    const { run } = await response.json();
    assert(run > 5);
    await simulate(running.target, "--readouts", "10", "--rate", "40", "--speed", "max");
    await holding(file, 30);
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.stop());
    assertEquals([recorder.stored, recorder.missed, recorder.runs], [30, 0, 2]);
    const rows = (await readRows(file)).map((row) => `${row.run}.${row.number}`);
    assertEquals(rows, [...upTo(20).map((n) => `5.${n}`), ...upTo(10).map((n) => `${run}.${n}`)]);
  }));
