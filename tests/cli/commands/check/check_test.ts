import { check } from "../../../../cli/commands/check/check.ts";
import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import type { Terminal } from "../../../../cli/terminal/terminal.ts";
import { OperationError } from "../../../../lib/errors.ts";
import { assertEquals, assertGreater, assertMatch, assertRejects } from "../../../assert.ts";
import { first, named } from "../../../elements.ts";
import { inFolder, readNumbers } from "../../../lib/recording/fixtures.ts";
import { waitFor } from "../../../wait_for.ts";
import { type RecordSummary, startDaemon, startSubscriber } from "../../pipeline.ts";
import { refused } from "../../refused.ts";

interface CheckSummary {
  ok: boolean;
  made: number;
  fates: Record<string, number>;
  eventsNotStored: number | null;
  unexplained: number;
  problems: string[];
}

const FAULTS = [
  ...["--loss", "0.02", "--duplicate", "0.05", "--reorder", "0.1", "--corrupt", "0.02"],
  ...["--truncate", "0.02", "--jitter", "20ms", "--kill-module", "7@10s"],
  ...["--revive-module", "7@20s", "--reset-tack", "@30s"],
];

/** A run through daemon and recorder: its manifest, its file and what the daemon said. */
async function run(folder: string, ...sim: string[]) {
  await using running = await startDaemon("--json");
  const file = `${folder}/run.h5`;
  await using record = await startSubscriber(running, ["record", file, "--json"]);
  const manifest = `${folder}/out.json`;
  const { code, stderr } = await SsdaqProcess.run(
    ...["sim", "--target", running.target, "--manifest", manifest, "--seed", "5", ...sim],
  );
  assertEquals(code, 0, stderr);
  const daemon = await running.daemon.stop();
  const status = `${folder}/daemon.json`;
  Deno.writeTextFileSync(status, daemon.stdout);
  const { published } = JSON.parse(daemon.stdout).ledger.events;
  await waitFor("every event", () => record.said(/lost tcp/) !== null);
  const summary: RecordSummary = JSON.parse((await record.stop()).stdout);
  assertEquals(summary.ledger.recorder.stored, published);
  return { file, manifest, status };
}

async function checked(...args: string[]): Promise<CheckSummary & { code: number }> {
  const { code, stdout, stderr } = await SsdaqProcess.run("check", ...args, "--json");
  if (stdout === "") throw new Error(stderr);
  return { ...JSON.parse(stdout), code };
}

Deno.test("check proves a run without faults by the file alone", () =>
  inFolder(async (folder) => {
    const { file, manifest } = await run(
      folder,
      "--modules",
      "5",
      "--readouts",
      "95",
      "--speed",
      "max",
    );
    const { code, ok, fates, made, problems } = await checked("--manifest", manifest, file);
    assertEquals(problems, []);
    assertEquals([code, ok, made, fates.stored], [0, true, 5 * 95, 5 * 95]);
  }));

Deno.test("check closes the account of a run with every fault there is", () =>
  inFolder(async (folder) => {
    const { file, manifest, status } = await run(
      folder,
      "--readouts",
      "400",
      "--speed",
      "10",
      ...FAULTS,
    );
    const found = await checked("--manifest", manifest, "--status", status, file);
    assertEquals(found.problems, []);
    assertEquals([found.code, found.unexplained, found.eventsNotStored], [0, 0, 0]);
    assertEquals(found.made, 32 * 400);
    for (const fate of ["lost", "killed", "altered", "malformed"]) {
      assertGreater(named(found.fates, fate), 0, fate);
    }
    const { stdout } = await SsdaqProcess.run(
      "check",
      "--manifest",
      manifest,
      "--status",
      status,
      file,
    );
    assertMatch(stdout, /the account closes: every readout is explained\n$/);
    const alone = await checked("--manifest", manifest, file);
    assertEquals([alone.code, alone.unexplained], [1, found.fates.missing]);
  }));

Deno.test("check names a readout that is missing, changed, foreign or stored twice", () =>
  inFolder(async (folder) => {
    const sim = ["--modules", "3", "--readouts", "40", "--speed", "max"];
    const { file, manifest, status } = await run(folder, ...sim);
    assertEquals((await readNumbers(file)).length, 40);
    const twice = await checked("--manifest", manifest, "--status", status, file, file);
    assertEquals([twice.code, twice.ok], [1, false]);
    assertMatch(
      twice.problems.join("\n"),
      /row 0, event 1 of run \d+, epoch \d+: it is stored after event 40/,
    );
    assertMatch(twice.problems.join("\n"), /slot 0 at TACK \d+ ns is stored twice/);
    const told = JSON.parse(Deno.readTextFileSync(status));
    told.ledger.readouts.placed++;
    told.ledger.readouts.decoded++;
    Deno.writeTextFileSync(status, JSON.stringify(told));
    const more = await checked("--manifest", manifest, "--status", status, file);
    assertEquals([more.code, more.ok], [1, false]);
    const made = JSON.parse(Deno.readTextFileSync(manifest));
    made.simulation.seed = 6;
    Deno.writeTextFileSync(
      manifest,
      Deno.readTextFileSync(manifest).replace('"seed":5', '"seed":6'),
    );
    const other = await checked("--manifest", manifest, file);
    assertEquals([other.code, other.fates.stored], [1, 0]);
    assertMatch(first(other.problems), /slot 0 at TACK \d+ ns was sent with other voltages/);
    assertEquals(other.problems.length, 20);
  }));

Deno.test("check closes the account of events that are paused, and names those a recorder lacks", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("--json");
    const { control = "", endpoint, target } = running;
    const manifest = `${folder}/out.json`;
    const [whole, late] = [`${folder}/whole.h5`, `${folder}/late.h5`];
    await using record = await startSubscriber(
      running,
      ["record", whole, "--fill-gaps", control, "--json"],
    );
    await using sim = new SsdaqProcess(
      ["sim", "--target", target, "--manifest", manifest, "--speed", "10"],
    );
    const built = async (counter: string, atLeast: number) =>
      await waitFor(counter, async () => {
        const { ledger } = await (await fetch(`${control}/status`)).json();
        return ledger.events[counter] >= atLeast;
      });
    const post = async (path: string) =>
      await (await fetch(control + path, { method: "POST" })).body?.cancel();
    await built("published", 50);
    await post("/pause");
    await built("paused", 30);
    await post("/resume");
    await using second = await startSubscriber(
      running,
      ["record", late, "--fill-gaps", "off", "--json"],
      2,
    );
    await built("published", 150);
    await sim.stop();
    const daemon = await running.daemon.stop();
    const status = `${folder}/daemon.json`;
    Deno.writeTextFileSync(status, daemon.stdout);
    for (const recorder of [record, second]) {
      await recorder.says(new RegExp(`lost ${endpoint}`));
      await recorder.stop();
    }
    const { paused } = JSON.parse(daemon.stdout).ledger.events;
    const args = ["--manifest", manifest, "--status", status];
    const found = await checked(...args, whole);
    assertEquals([found.code, found.problems], [0, []]);
    assertEquals(found.eventsNotStored, paused);
    const wanting = await checked(...args, late);
    assertEquals(wanting.code, 1);
    assertMatch(
      first(wanting.problems),
      /events are in no file, but the recorder counted 0 as missed/,
    );
  }));

Deno.test("check says what it needs", () =>
  inFolder(async (folder) => {
    const wrong = `${folder}/wrong.json`;
    Deno.writeTextFileSync(wrong, "{}");
    await refused(2, ["check", "run.h5"], "give --manifest FILE, which ssdaq sim --manifest wrote");
    await refused(2, ["check", "--manifest", wrong], "check: no file");
    await refused(
      1,
      ["check", "--manifest", wrong, "run.h5"],
      "its format is not ssdaq-manifest-1",
    );
    await refused(
      1,
      ["check", "--manifest", `${folder}/none`, "run.h5"],
      `cannot read ${folder}/none`,
    );
  }));

Deno.test("check of a long night can be interrupted, and tells that it is not complete", () =>
  inFolder(async (folder) => {
    const manifest = `${folder}/out.json`;
    const segment = { firstReadout: 0, rate: 10, firstTackNs: 1, firstAuxNs: 1 };
    Deno.writeTextFileSync(
      manifest,
      JSON.stringify({
        ...{ format: "ssdaq-manifest-1", incomplete: false, segments: [segment], silences: [] },
        simulation: { modules: 32, readoutsPerPacket: 10, seed: 1, byteOrder: "big" },
        // More than a month, which nobody waits for.
        ...{ readouts: 2 ** 26, packets: [] },
      }),
    );
    const interruption = new AbortController();
    const running = check.run(
      {
        values: { manifest: [manifest], status: [] },
        operands: ["run.h5"],
        terminal: { status: () => interruption.abort() } as unknown as Terminal,
        signal: interruption.signal,
      } as unknown as Parameters<typeof check.run>[0],
    );
    await assertRejects(() => running, OperationError, "interrupted: the check is not complete");
  }));
