import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import type { RecorderStatus } from "../../../../lib/recorder/status.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../../../assert.ts";
import { named, only } from "../../../elements.ts";
import { inFolder, namesIn, readNumbers } from "../../../lib/recording/fixtures.ts";
import { upTo } from "../../../up_to.ts";
import { DEADLINE_MS, waitFor } from "../../../wait_for.ts";
import {
  dataOf,
  infoOf,
  type RecordSummary,
  simulate,
  startDaemon,
  startSubscriber,
} from "../../pipeline.ts";

Deno.test("record --events ends after exactly so many, and the file holds them", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using running = await startDaemon("--run", "18446744073709551615");
    await using record = await startSubscriber(
      running,
      ["record", file, "--events", "7", "--compression", "none", "--json"],
    );
    await simulate(running.target, "--modules", "32", "--readouts", "30", "--speed", "max");
    const { files, ledger: { recorder } } = dataOf<RecordSummary>(await record.ended);
    assertEquals([recorder.heard, recorder.stored, recorder.missed], [7, 7, 0]);
    assertEquals(files.map(({ path, rows }) => [path, rows]), [[file, 7]]);
    assertEquals(only(files).bytes, Deno.statSync(file).size);
    assertEquals(await readNumbers(file), upTo(7));
    const { rows, filters, attributes } = await infoOf(file);
    assertEquals([rows, filters], [7, []]);
    assertEquals(JSON.parse(named(attributes, "configuration")).events, 7);
    const { stdout } = await SsdaqProcess.run("info", file, "--json");
    assertMatch(stdout, /"run": 18446744073709551615,/);
  }));

Deno.test("record --control answers how it is, in words and in metrics, until it ends", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.h5`;
    await using running = await startDaemon();
    await using record = await startSubscriber(
      running,
      ["record", file, "--control", "127.0.0.1:0", "--json"],
    );
    const [, control] = await record.says(/control on (\S+)/);
    const get = async (path: string) => await (await fetch(control + path)).text();
    const status = async (): Promise<RecorderStatus> => JSON.parse(await get("/status"));
    const { connections, lastStoredSeconds, lagSeconds } = await status();
    assertEquals([connections, lastStoredSeconds, lagSeconds], [1, null, null]);
    await simulate(running.target, "--readouts", "20", "--rate", "40", "--speed", "max");
    await waitFor("the events", async () => (await status()).ledger.recorder.stored === 20);
    const told = await status();
    assertEquals([told.command, told.file?.path, told.files], ["record", file, 1]);
    assertGreater(told.diskFreeBytes ?? 0, 0);
    assert(
      told.lagSeconds !== null && told.lagSeconds >= 0 && told.lagSeconds < DEADLINE_MS / 1000,
    );
    assertEquals(await get("/healthz"), "ok\n");
    const metrics = await get("/metrics");
    assertMatch(metrics, /^ssdaq_recorder_stored_total 20$/m);
    assertMatch(metrics, /^ssdaq_recorder_problems 0$/m);
    await running.daemon.stop();
    await waitFor(
      "the daemon to be missed",
      async () => (await fetch(`${control}/healthz`)).status === 503,
    );
    assertMatch(
      await get("/healthz"),
      /^connection: no daemon for [1-9]\d s; the recorder waits for one\n$/,
    );
    assertEquals((await status()).problems.length, 1);
    assertMatch(metrics, /^ssdaq_recorder_disk_free_bytes \d+$/m);
    const { ledger: { recorder } } = dataOf<RecordSummary>(await record.stop());
    assertEquals([recorder.stored, recorder.missed], [20, 0]);
  }));

Deno.test("record starts another file in its folder at --max-size, and counts them on", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/night.00004.h5`, "of yesterday");
    await using running = await startDaemon();
    await using record = await startSubscriber(running, [
      ...["record", "--folder", folder, "--prefix", "night", "--enumerate", "order"],
      ...["--max-size", "500kB", "--compression", "none", "--json"],
    ]);
    await simulate(running.target, "--duration", "20s", "--speed", "max");
    await running.daemon.stop();
    const { files, ledger } = dataOf<RecordSummary>(await record.stop());
    assertEquals([ledger.recorder.stored, ledger.recorder.missed], [200, 0]);
    assertGreater(files.length, 2);
    const names = files.map((_, index) => `night.0000${5 + index}.h5`);
    assertEquals(namesIn(folder), ["night.00004.h5", ...names]);
    const all: number[] = [];
    for (const { path, rows } of files) {
      const inFile = await readNumbers(path);
      assertEquals(inFile.length, rows);
      all.push(...inFile);
    }
    assertEquals(all, upTo(200));
    for (const { bytes } of files.slice(0, -1)) assert(bytes >= 500_000);
  }));

Deno.test("record names its files by date unless told otherwise", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon();
    await using record = await startSubscriber(
      running,
      ["record", "--folder", folder, "--events", "10", "--max-age", "1h"],
    );
    await simulate(running.target, "--readouts", "10", "--speed", "max");
    const { code, stdout, stderr } = await record.ended;
    assertEquals(code, 0, stderr);
    const name = only(namesIn(folder));
    assertMatch(name, /^SlowSignal\.\d{8}T\d{6}Z\.h5$/);
    assertMatch(stdout, new RegExp(`^file +events +size\n${folder}/${name} +10 +[\\d.]+ [KM]iB\n`));
    assertMatch(stdout, /\nrecorder {2}heard 10 .*stored 10 .*\nthe account closes\n$/);
  }));

Deno.test("record --duration ends by itself, and says that no event came", () =>
  inFolder(async (folder) => {
    const { code, stdout, stderr } = await SsdaqProcess.run(
      ...["record", "--folder", folder, "--duration", "300ms", "-e", "ipc:///nobody/is/here"],
    );
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^no event was received: no file was written\n/);
    assertEquals(namesIn(folder), []);
  }));

Deno.test("record for longer than a timer holds does not end at once", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon();
    await using record = await startSubscriber(
      running,
      ["record", `${folder}/a.h5`, "--duration", "30d", "--json"],
    );
    await simulate(running.target, "--readouts", "10", "--speed", "max");
    await running.daemon.stop();
    assertEquals(dataOf<RecordSummary>(await record.stop()).ledger.recorder.stored, 10);
  }));
