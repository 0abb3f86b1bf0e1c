import { selfCommand } from "../../cli/process/self.ts";
import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { dataOf, type RecordSummary, simulate, startDaemon, startSubscriber } from "./pipeline.ts";

Deno.test("daemon that ends still delivers what a slow recorder has not taken yet", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon("--json");
    const args = ["record", `${folder}/a.h5`, "--compression", "none", "--json"];
    await using record = await startSubscriber(running, args, 1);
    Deno.kill(record.pid, "SIGSTOP");
    await simulate(running.target, "--duration", "100s", "--speed", "max");
    const ended = running.daemon.stop();
    // The summary comes when all is handed to ZeroMQ, of which most waits for the recorder.
    await running.daemon.says(/subscriber joined, now 1[^]*stopping/);
    Deno.kill(record.pid, "SIGCONT");
    const { code } = await ended;
    const stored: RecordSummary = dataOf(await record.stop());
    assertEquals(code, 0);
    assertEquals([stored.ledger.recorder.stored, stored.ledger.recorder.missed], [1000, 0]);
  }));

Deno.test("record that fails while running tells its summary, then why", () =>
  inFolder(async (folder) => {
    await using running = await startDaemon();
    const files = `${folder}/files`;
    await Deno.mkdir(files);
    const args = ["record", "--folder", files, "--max-size", "50kB", "--compression", "none"];
    await using record = await startSubscriber(running, args, 1);
    await simulate(running.target, "--duration", "1s", "--speed", "max");
    await Deno.remove(files, { recursive: true });
    await simulate(running.target, "--duration", "5s", "--speed", "10");
    const { code, stdout, stderr } = await record.ended;
    assertEquals(code, 1);
    assertMatch(stdout, /^recorder {2}heard \d+/m);
    assertMatch(stdout, /the account closes\n$/);
    assertMatch(stderr, /error: cannot .*files/);
    assertEquals(stderr.includes("    at "), false);
  }));

Deno.test("record with an endpoint that is none leaves no file", () =>
  inFolder(async (folder) => {
    const wrong = await SsdaqProcess.run("record", `${folder}/a.h5`, "-e", "tcp://*:5555");
    assertEquals(wrong.code, 2);
    assertMatch(
      wrong.stderr,
      /error: cannot listen to tcp:\/\/\*:5555: .*; give tcp:\/\/HOST:PORT/,
    );
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

/** Runs a command whose output goes to a disk that is full. */
async function runOntoFullDisk(...args: string[]): Promise<{ code: number; stderr: string }> {
  const self = selfCommand(args);
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'exec "$0" "$@" >/dev/full', self.executable, ...self.args],
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test({
  name: "a summary that cannot be written is a failure, for it is the account",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const args = ["sim", "--readouts", "1", "--target", "127.0.0.1:9", "--json"];
    const { code, stderr } = await runOntoFullDisk(...args);
    assertEquals(code, 1);
    assertMatch(stderr, /cannot print to stdout: .*[Nn]o space/);
  },
});

Deno.test({
  name: "an answer that cannot be written is a failure",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { code, stderr } = await runOntoFullDisk("completions", "bash");
    assertEquals(code, 1);
    assertMatch(stderr, /^error: cannot print to stdout: .*[Nn]o space.*\n$/);
  },
});
