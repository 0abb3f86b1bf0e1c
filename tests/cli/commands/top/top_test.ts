import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { first, nth } from "../../../elements.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { waitFor } from "../../../wait_for.ts";
import { dataOf, startDaemon } from "../../pipeline.ts";
import { refused } from "../../refused.ts";
import { HAS_TMUX, Tmux } from "../../tmux.ts";

/** A daemon, and modules that send to it. */
async function startCamera(...options: string[]) {
  const running = await startDaemon();
  const sim = new SsdaqProcess(["sim", "--target", running.target, ...options]);
  await waitFor("the first events", async () => {
    const { ledger } = await (await fetch(`${running.control}/status`)).json();
    return ledger.events.built > 0;
  });
  return {
    ...running,
    control: running.control ?? "",
    sim,
    async [Symbol.asyncDispose]() {
      await sim[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}

/** What `top --json` prints, in part. */
interface TopData {
  state: { level: string; text: string };
  source: string;
  slots: { lastSeenSeconds: number | null }[];
  event?: { number: number; modules: number[]; millivolts: (number | null)[] };
}

Deno.test("top tells once how the camera is, by its daemon or by its events", async () => {
  await using camera = await startCamera("--modules", "31", "--scene", "flat");
  for (const source of [["--control", camera.control], ["-e", camera.endpoint]]) {
    const { code, stdout, stderr } = await SsdaqProcess.run("top", "--once", ...source);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^ data arriving\nrun \d+ {3}event \d+ {3}31 modules/);
    assertMatch(stdout, /\n +28 \S+ +29 \S+ +30 \S+ +31 -\n/);
    assertMatch(stdout, source[0] === "-e" ? /\nrecorder {2}heard/ : /\npackets {2}received/);
    const told: TopData = dataOf(await SsdaqProcess.run("top", "--json", ...source));
    assertEquals(told.state, { level: "good", text: "data arriving" });
    assertEquals(told.slots.map(({ lastSeenSeconds }) => lastSeenSeconds === null), [
      ...new Array(31).fill(false),
      true,
    ]);
    const { modules = [], millivolts = [] } = told.event ?? {};
    assertEquals([modules.length, millivolts.length, millivolts[31 * 64]], [31, 2048, null]);
    assert((millivolts[0] ?? 0) > 10);
  }
});

Deno.test("top of a daemon that has heard nothing says so at once", async () => {
  await using running = await startDaemon();
  const { stdout } = await SsdaqProcess.run("top", "--once", "--control", running.control ?? "");
  assertMatch(stdout, /^! no data yet: no module has sent anything/);
});

Deno.test("top says what is wrong: nobody there, a token, a port without a live view", () =>
  inFolder(async (folder) => {
    const both = ["top", "-e", "5555", "--control", "http://127.0.0.1:1"];
    await refused(2, both, "--endpoint and --control: give only one of them");
    await refused(1, ["top", "--once", "--control", "http://127.0.0.1:1"], "no answer from");
    const token = `${folder}/token`;
    Deno.writeTextFileSync(token, "a-long-enough-secret\n", { mode: 0o600 });
    await using running = await startDaemon("--control-token-file", token);
    const control = ["--control", running.control ?? ""];
    await refused(
      1,
      ["top", "--once", ...control],
      "requires its token; give it with --token-file",
    );
    const { code } = await SsdaqProcess.run("top", "--once", ...control, "--token-file", token);
    assertEquals(code, 0);
    await using sim = new SsdaqProcess(
      ["sim", "--target", "127.0.0.1:9", "--control", "127.0.0.1:0"],
    );
    const other = nth(await sim.says(/control on (http:\S+)/), 1);
    await refused(1, ["top", "--once", "--control", other], "has no live view");
  }));

Deno.test({
  name:
    "top follows the camera, its keys and the terminal's size, and leaves the terminal as it was",
  ignore: !HAS_TMUX,
  fn: () =>
    inFolder(async (folder) => {
      await using camera = await startCamera("--modules", "31");
      await using terminal = await Tmux.start(
        folder,
        ["top", "--control", camera.control],
        100,
        30,
      );
      const shows = (pattern: RegExp) =>
        waitFor(`${pattern}`, async () => pattern.test(await terminal.screen()));
      await shows(/^ data arriving *\nrun \d+ {3}event \d+ {3}31 modules/);
      await shows(/^▀{20}(▀{4}|\?{4}) {2}modules +▁+ +31$/m);
      await terminal.type("?");
      await shows(/^q quit {3}p pause the display/m);
      await terminal.type("?");
      await shows(/^packets {2}received/m);
      await terminal.resize(70, 12);
      await waitFor("the smaller screen", async () => {
        const lines = (await terminal.screen()).trimEnd().split("\n");
        return lines.length === 12 && lines.every((line) => line.length <= 70) &&
          / data arriving/.test(first(lines));
      });
      await terminal.resize(120, 50);
      await shows(/^▀{48} {2}/m);
      await terminal.type("p");
      await shows(/data arriving \(display paused\)/);
      const still = await terminal.screen();
      const { events } = (await (await fetch(`${camera.control}/status`)).json()).ledger;
      await waitFor("more events", async () => {
        const { ledger } = await (await fetch(`${camera.control}/status`)).json();
        return ledger.events.built > events.built + 10;
      });
      assertEquals(await terminal.screen(), still);
      await terminal.type("p");
      await camera.sim.stop();
      await shows(/^ no data since \d\d:\d\d:\d\d; http/m);
      await camera.daemon.stop();
      await shows(/^ disconnected/m);
      await terminal.type("q");
      await shows(/^ended with 0$/m);
      assertEquals((await terminal.screen()).includes("modules"), false);
    }),
});
