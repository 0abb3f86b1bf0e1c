import { RECORDER_BACK_OFF } from "../../../../cli/commands/run/back_off.ts";
import { type Patience, Supervised } from "../../../../cli/commands/run/supervised.ts";
import { ReportSocket } from "../../../../cli/process/report_socket.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../../../assert.ts";
import { first } from "../../../elements.ts";
import { hasProgram } from "../../../has_program.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { logTo } from "../../../log_lines.ts";
import { waitFor } from "../../../wait_for.ts";

/** Longer than any test lasts. */
const LONG_MS = 600_000;

/** A recorder of no daemon under supervision, once it is ready. */
async function startRecorder(folder: string, reports: ReportSocket, patience: Patience) {
  const log: string[] = [];
  const args = ["record", "--folder", folder, "-e", "tcp://127.0.0.1:1", "--config=off"];
  const recorder = new Supervised({
    ...{ name: "night", args: () => args, log: logTo(log), relay: logTo(log), reports },
    ...{ backOff: RECORDER_BACK_OFF, patience },
  });
  await waitFor("the recorder", () => recorder.ready !== undefined);
  const { stdout } = new Deno.Command("pgrep", { args: ["-f", `record --folder ${folder}`] })
    .outputSync();
  return { recorder, log, pid: Number(new TextDecoder().decode(stdout).trim()) };
}

const isPossible = Deno.build.os === "linux" && hasProgram("pgrep");

Deno.test({
  name: "Supervised tells and kills what does not drain in time, and says that it was late",
  ignore: !isPossible,
  fn: () =>
    inFolder(async (folder) => {
      await using reports = new ReportSocket(() => {});
      const patience = { hangMs: LONG_MS, drainMs: 400, endMs: 300 };
      const { recorder, log, pid } = await startRecorder(folder, reports, patience);
      Deno.kill(pid, "SIGSTOP");
      const { code, late, starts } = await recorder.stop();
      assertEquals([code, late, starts], [137, true, 1]);
      const [drained = "", killed = ""] = log.slice(-2);
      assertMatch(drained, /^night has not drained in 400 ms: it must end with what it has/);
      assertMatch(killed, /^night does not end: it is killed, and what it has not written is lost/);
    }),
});

Deno.test({
  name: "Supervised lets what drains in time end by itself, and does not wait when hurried",
  ignore: !isPossible,
  fn: () =>
    inFolder(async (folder) => {
      await using reports = new ReportSocket(() => {});
      const patience = { hangMs: LONG_MS, drainMs: LONG_MS, endMs: 300 };
      const well = await startRecorder(folder, reports, patience);
      const { code, late, summary } = await well.recorder.stop();
      assertEquals([code, late], [0, false]);
      assertEquals((summary as { command: string }).command, "record");
      const slow = await startRecorder(folder, reports, patience);
      Deno.kill(slow.pid, "SIGSTOP");
      const hurry = new AbortController();
      const startMs = performance.now();
      const stopping = slow.recorder.stop(hurry.signal);
      hurry.abort();
      assertEquals((await stopping).code, 137);
      assertLess(performance.now() - startMs, LONG_MS / 10);
      assert(slow.log.every((line) => !line.includes("has not drained")), slow.log.join("\n"));
    }),
});

Deno.test({
  name: "Supervised takes no process for hung that is silent for less than it may be",
  ignore: !isPossible,
  fn: () =>
    inFolder(async (folder) => {
      await using reports = new ReportSocket(() => {});
      const patience = { hangMs: 10_000, drainMs: LONG_MS, endMs: LONG_MS };
      const { recorder, log, pid } = await startRecorder(folder, reports, patience);
      Deno.kill(pid, "SIGSTOP");
      await waitFor("the silence to be noticed", () => !recorder.alive);
      assertMatch(recorder.state, /^has been silent for \d/);
      Deno.kill(pid, "SIGCONT");
      await waitFor("it to be heard again", () => recorder.alive);
      assertMatch(recorder.state, /^runs/);
      const { code, starts } = await recorder.stop();
      assertEquals([code, starts], [0, 1]);
      assert(log.every((line) => !line.includes("hangs")), log.join("\n"));
    }),
});

Deno.test({
  name: "Supervised tries again what cannot be started",
  ignore: !isPossible,
  fn: () =>
    inFolder(async (folder) => {
      await using reports = new ReportSocket(() => {});
      const log: string[] = [];
      let tries = 0;
      const recorder = new Supervised({
        // No system starts a program with such an argument.
        args: () => ++tries === 1 ? ["\0"] : ["record", "--folder", folder, "--config=off"],
        ...{ name: "night", log: logTo(log), relay: logTo(log), reports },
        backOff: { firstMs: 10, maxMs: 10 },
        patience: { hangMs: LONG_MS, drainMs: LONG_MS, endMs: LONG_MS },
      });
      await waitFor("the recorder", () => recorder.ready !== undefined);
      assertMatch(first(log), /^night cannot be started: /);
      const { code, starts } = await recorder.stop();
      assertEquals([code, starts], [0, 2]);
    }),
});

Deno.test("Supervised does not start again what says that its work is done", () =>
  inFolder(async (folder) => {
    await using reports = new ReportSocket(() => {});
    const log: string[] = [];
    const args = ["record", "--folder", folder, "-e", "tcp://127.0.0.1:1", "--duration=100ms"];
    const recorder = new Supervised({
      ...{ name: "night", args: () => [...args, "--config=off"], reports },
      ...{ log: logTo(log), relay: logTo(log), backOff: RECORDER_BACK_OFF },
      patience: { hangMs: LONG_MS, drainMs: LONG_MS, endMs: LONG_MS },
    });
    const { code, ok, done, starts } = await recorder.ended;
    const words = "it has recorded for its 100 ms";
    assertEquals([code, ok, done, starts], [0, true, words, 1]);
    assertEquals([recorder.state, log[log.length - 1]], ["is done", `night is done: ${words}`]);
  }));
