import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { hasProgram } from "../has_program.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";
import { dataOf, type RecordSummary, simulate } from "./pipeline.ts";
import {
  childrenOf,
  DAEMON,
  processOf,
  rowsIn,
  type RunSummary,
  startRun,
} from "./supervised_run.ts";
import { withoutCoverage } from "../without_coverage.ts";

const isLinux = Deno.build.os === "linux";

function linuxTest(name: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({ name, ignore: !isLinux, fn: () => inFolder(fn) });
}

linuxTest("run starts a recorder again that somebody else asked to end", async (folder) => {
  const { run, target } = await startRun(folder, `folder = "${folder}"`, 1);
  await using _run = run;
  Deno.kill(processOf(run, "record"), "SIGTERM");
  await run.says(/record has ended without a request; it starts again in 1 s/);
  await simulate(target, "--readouts", "50", "--speed", "10");
  await run.says(/(listening to[^]*){2}/);
  const { processes: [daemon, record] }: RunSummary = dataOf(await run.stop("SIGTERM"));
  assertEquals([daemon.starts, record.starts, record.code, record.done], [1, 2, 0, null]);
  assertEquals(await rowsIn(folder), 50);
});

linuxTest("run starts a daemon again that somebody else asked to end", async (folder) => {
  const { run } = await startRun(folder, `folder = "${folder}"`, 1);
  await using _run = run;
  Deno.kill(processOf(run, "daemon"), "SIGTERM");
  await run.says(/daemon has ended without a request; it starts again in 100 ms/);
  await run.says(/(receiving on[^]*){2}/);
  const { killedDaemons, processes: [daemon] }: RunSummary = dataOf(await run.stop("SIGTERM"));
  assertEquals([daemon.starts, daemon.code, killedDaemons], [2, 0, 0]);
});

for (
  const [limit, words] of [
    ["events = 20", "it has stored its 20 events"],
    ['duration = "1s"', "it has recorded for its 1 s"],
  ]
) {
  linuxTest(`a recorder whose limit is ${limit} is done with it, and says so`, async (folder) => {
    const { run, target } = await startRun(folder, `folder = "${folder}"\n${limit}\n`, 1);
    await using _run = run;
    await simulate(target, "--readouts", "20", "--speed", "10");
    await run.says(new RegExp(`record is done: ${words}\n`));
    const { processes: [daemon, record] }: RunSummary = dataOf(await run.stop("SIGTERM"));
    assertEquals([record.starts, record.code, record.done], [1, 0, words]);
    assertEquals([daemon.starts, daemon.code, daemon.done], [1, 0, null]);
  });
}

linuxTest("a recorder that is down when run is to end catches up first", async (folder) => {
  const { run, target } = await startRun(folder, `folder = "${folder}"`, 1);
  await using _run = run;
  const pid = processOf(run, "record");
  Deno.kill(pid, "SIGSTOP");
  await simulate(target, "--readouts", "50", "--speed", "10");
  Deno.kill(pid, "SIGKILL");
  await run.says(/record was killed by SIGKILL; it starts again in 1 s/);
  const ended = await run.stop("SIGTERM");
  assertMatch(ended.stderr, /record is down: it starts once more, to fetch what it missed/);
  const { processes: [, record] }: RunSummary = dataOf(ended);
  assertEquals([record.starts, record.code], [2, 0]);
  assertEquals((record.summary as RecordSummary).ledger.recorder.missed, 0);
  assertEquals(await rowsIn(folder), 50);
});

linuxTest("a recorder that dies while run ends is started once more", async (folder) => {
  const { run, target } = await startRun(folder, `folder = "${folder}"`, 1);
  await using _run = run;
  const pid = processOf(run, "record");
  Deno.kill(pid, "SIGSTOP");
  await simulate(target, "--readouts", "50", "--speed", "10");
  const stopping = run.stop("SIGTERM");
  await run.says(/daemon \| drained; serving the published events/);
  Deno.kill(pid, "SIGKILL");
  const ended = await stopping;
  const { processes: [, record] }: RunSummary = dataOf(ended);
  assertEquals([record.starts, record.code], [2, 0]);
  assertEquals(await rowsIn(folder), 50);
});

linuxTest("run names the signal that killed a process which it waited for", async (folder) => {
  const { run } = await startRun(folder, `folder = "${folder}"`, 1);
  await using _run = run;
  const [daemon, record] = [processOf(run, "daemon"), processOf(run, "record")];
  Deno.kill(record, "SIGSTOP");
  const stopping = run.stop("SIGTERM");
  await run.says(/daemon \| drained; serving the published events/);
  Deno.kill(daemon, "SIGKILL");
  Deno.kill(record, "SIGCONT");
  const { code, stderr } = await stopping;
  assertEquals(code, 1, stderr);
  assertMatch(stderr, /\nerror: daemon was killed by SIGKILL\n$/);
});

const hasPrlimit = hasProgram("prlimit");

Deno.test({
  name: `run sums up what all lives of a recorder have in no file${hasPrlimit ? "" : " (skipped)"}`,
  ignore: !isLinux || !hasPrlimit,
  fn: () =>
    inFolder(async (folder) => {
      using _ = withoutCoverage();
      const { run, target } = await startRun(folder, `folder = "${folder}"`, 1);
      await using _run = run;
      for (const pid of [run.pid, processOf(run, "record")]) {
        const args = ["--pid", `${pid}`, "--fsize=1000"];
        assert((await new Deno.Command("prlimit", { args }).output()).success);
      }
      await simulate(target, "--readouts", "100", "--speed", "max");
      await run.says(/record died \(exit code 1\); it starts again in 2 s/);
      const { code, stdout, stderr } = await run.stop("SIGTERM");
      assertEquals(code, 1, stderr);
      const { processes: [, { unstored = 0, starts, summary }] }: RunSummary = JSON.parse(stdout);
      assertEquals(starts, 3);
      const last = (summary as RecordSummary).ledger.recorder.unstored;
      assert(unstored >= Math.max(last, 1) && unstored <= 100, `${unstored}, ${last} at last`);
      assertMatch(stderr, new RegExp(`record has at least ${unstored} events in no file`));
      assertMatch(stderr, /error: record ended with exit code 1; see its last log lines\n$/);
    }),
});

linuxTest("SIGTERM just after the start of run is no failure", async (folder) => {
  const config = `${folder}/ssdaq.toml`;
  Deno.writeTextFileSync(config, DAEMON + `folder = "${folder}"`);
  await using run = new SsdaqProcess(["run", "--config", config, "--json"]);
  await waitFor("the daemon's process", () => childrenOf(run.pid).has("daemon"));
  const { code, stderr } = await run.stop("SIGTERM");
  assertEquals(code, 0, stderr);
});
