import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { dataOf, simulate, startDaemon, startSubscriber } from "../../pipeline.ts";
import { refused } from "../../refused.ts";

Deno.test("ctl tells how a daemon is, pauses it, and starts a new run", async () => {
  await using running = await startDaemon("--run", "5", "--json");
  const { control = "" } = running;
  await using listen = await startSubscriber(running, ["listen", "--as", "json"]);
  const ctl = async (action: string) =>
    dataOf<Record<string, unknown>>(
      await SsdaqProcess.run("ctl", action, "--control", control, "--json"),
    );
  // 50 ms of camera time, which are over when the next ones begin.
  const three = () => simulate(running.target, "--rate", "40", "--readouts", "3", "--speed", "max");
  await three();
  assertEquals(await ctl("pause"), { run: 5, paused: true });
  await three();
  assertEquals(await ctl("resume"), { run: 5, paused: false });
  const { run } = await ctl("reset-count");
  assert(Number(run) > 5);
  await three();
  const status = await SsdaqProcess.run("ctl", "status", "--control", control);
  assertMatch(status.stdout, new RegExp(`^run ${run}, publishing, up .*, receiving on udp://`));
  assertMatch(status.stdout, /: 1 subscribers, 0 events undelivered\n/);
  assertMatch(status.stdout, /\n {14} 0 [\d.]+\/s +1 [\d.]+\/s +2 [\d.]+\/s +3 [\d.]+\/s\n/);
  assertMatch(status.stdout, /run 5: 1 to 3, run \d+: 1 to 3\n/);
  assertMatch(status.stdout, /paused 3 .*\nthe account closes\n$/);
  const { ledger, slots } = dataOf<{
    ledger: { events: Record<string, number> };
    slots: { placed: number }[];
  }>(await running.daemon.stop());
  const { built, published, paused } = ledger.events;
  assertEquals([built, published, paused], [9, 6, 3]);
  assertEquals(slots.map(({ placed }) => placed), new Array(32).fill(9));
  const heard = (await listen.stop()).stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(heard.map((event) => event.number), [1, 2, 3, 1, 2, 3]);
  assertEquals(heard.map((event) => event.run), [5, 5, 5, run, run, run]);
});

Deno.test("ctl says what is wrong when nobody answers, or the token does", () =>
  inFolder(async (folder) => {
    await refused(1, ["ctl", "status", "--control", "1"], "no answer from http://127.0.0.1:1");
    await refused(2, ["ctl"], "ctl: give status, pause");
    await refused(2, ["ctl", "stauts"], "did you mean status?");
    await refused(2, ["ctl", "status", "--control", "x"], "not a control port");
    const token = `${folder}/token`;
    Deno.writeTextFileSync(token, "a-long-enough-secret\n", { mode: 0o600 });
    await refused(2, ["daemon", "--control", "0.0.0.0:0"], "give --control-token-file FILE too");
    await using running = await startDaemon("--control-token-file", token);
    const { control = "" } = running;
    await refused(1, ["ctl", "pause", "--control", control], "give it with --token-file FILE");
    const { code, stdout } = await SsdaqProcess.run(
      ...["ctl", "pause", "--control", control, "--token-file", token],
    );
    assertEquals(code, 0);
    assertMatch(stdout, /^run \d+, paused\n$/);
  }));
