import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertGreater } from "../assert.ts";
import { dataOf } from "../cli/pipeline.ts";
import { DAEMON, processOf, type RunSummary } from "../cli/supervised_run.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { keepsPromise } from "./promise.ts";

/** Has `ssdaq run` end and start a process that stands still; how long it took it to notice, ms. */
async function hang(hung: "daemon" | "record", folder: string): Promise<number> {
  const config = `${folder}/ssdaq.toml`;
  Deno.writeTextFileSync(config, DAEMON + `folder = "${folder}"`);
  await using run = new SsdaqProcess(
    ["run", "--config", config, "--json", "--hang-after", "2s"],
  );
  await run.says(/all are ready/);
  // Its log comes on another way than that it is ready.
  const started = hung === "daemon" ? "receiving on" : "listening to";
  await run.says(new RegExp(started));
  const pid = processOf(run, hung);
  const stoppedMs = performance.now();
  Deno.kill(pid, "SIGSTOP");
  await run.says(
    new RegExp(`${hung} hangs \\(no report for [\\d.]+ s\\): it is killed`),
  );
  const killedMs = performance.now();
  await run.says(new RegExp(`${hung} was killed by SIGKILL`));
  await run.says(new RegExp(`(${started}[^]*){2}`));
  const ended = await run.stop();
  const { notListeningMs, processes }: RunSummary = dataOf(ended);
  assertEquals(
    processes.map(({ starts, code }) => [starts, code]),
    hung === "daemon" ? [[2, 0], [1, 0]] : [[1, 0], [2, 0]],
  );
  // From when it spoke last, which is before it was killed.
  if (hung === "daemon") assertGreater(notListeningMs, 2000);
  else assertEquals(notListeningMs, 0);
  return killedMs - stoppedMs;
}

for (const hung of ["daemon", "record"] as const) {
  Deno.test({
    name: `run notices a ${hung} that hangs, tells, kills and starts it again`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      keepsPromise(
        `a ${hung} that may be silent for 2 s is killed`,
        8000,
        () => inFolder((folder) => hang(hung, folder)),
      ),
  });
}
