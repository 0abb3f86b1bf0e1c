import { selfCommand } from "../../../cli/process/self.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { first } from "../../elements.ts";
import { inFolder } from "../../lib/recording/fixtures.ts";
import { HAS_TERMINAL, inTerminal } from "../in_terminal.ts";
import { simulate, startDaemon, startSubscriber } from "../pipeline.ts";

const CLEAR = "\r\x1b[2K";
const SIM = ["sim", "--target", "127.0.0.1:9"];
const NOBODY = ["-e", "ipc:///nobody/is/here"];

function terminalTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !HAS_TERMINAL, fn });
}

/** The status lines that were drawn, in order. */
function statusLines(written: string): string[] {
  return written.split(CLEAR).slice(1).map((part) => first(part.split(/[\r\n]/)))
    .filter((line) => line !== "" && !/:\d\dZ/.test(line));
}

/** The control codes that set a colour. */
function colours(written: string): string[] {
  return written.split("\x1b").slice(1).filter((code) => /^\[[\d;]*m/.test(code));
}

/** What is left on the screen in the end: a line that was cleared is not. */
function screenOf(written: string): string {
  return written.split("\n").map((line) => line.split(CLEAR).at(-1)).join("\n");
}

terminalTest("sim shows a status line in a terminal, and takes it away in the end", async () => {
  const { code, written } = await inTerminal([...SIM, "--modules", "2"], /camera time/);
  assertEquals(code, 0, written);
  const status = first(statusLines(written));
  assertMatch(status, /^[\d ]+ packets\/s \| \d+ packets, \d+ readouts \| camera time [\d.]+ m?s$/);
  const screen = screenOf(written);
  assertEquals(screen.includes("packets/s"), false, screen);
  assertMatch(screen, /stopping; a second Ctrl-C ends at once\r?\n/);
  assertMatch(screen, /slot +address +packets +readouts\r?\n0 /);
});

terminalTest("daemon shows packets, modules and events in its status line", async () => {
  const ports = ["-l", "127.0.0.1:0", "-p", "127.0.0.1:0", "--control", "off"];
  const { code, written } = await inTerminal(["daemon", ...ports], /0 subscribers/);
  assertEquals(code, 0, written);
  assertMatch(
    first(statusLines(written)),
    /^0 packets\/s \| 0 modules \| 0 events, - complete \| ring 0\.0 % \| open 0 \| queue 0 \| 0 subscribers$/,
  );
});

terminalTest(
  "record and listen say in their status lines that they wait for a daemon",
  () =>
    inFolder(async (folder) => {
      const record = ["record", "--folder", folder, ...NOBODY];
      for (const args of [record, ["listen", ...NOBODY]]) {
        const { code, written } = await inTerminal(args, /waiting for a daemon/);
        assertEquals(code, 0, written);
        assertEquals(screenOf(written).includes("waiting for"), false);
      }
    }),
);

terminalTest("colours are there in a terminal, unless NO_COLOR is set", async () => {
  const colour = await inTerminal(SIM, /camera time/);
  assert(colour.written.includes("\x1b[2m20"), "times are dim");
  const plain = await inTerminal(SIM, /camera time/, { env: { NO_COLOR: "1" } });
  assert(statusLines(plain.written).length > 0, "the status line stays");
  assertEquals(colours(plain.written), []);
  const failure = ["sim", "--rate", "x"];
  const coloured = await inTerminal(failure, /$^/);
  assertStringIncludes(coloured.written, "\x1b[31merror:\x1b[0m --rate x");
  const plainFailure = await inTerminal(failure, /$^/, { env: { NO_COLOR: "1" } });
  assertStringIncludes(plainFailure.written, "error: --rate x: give a number above 0");
  assertEquals(colours(plainFailure.written), []);
  assertEquals(plainFailure.code, 2);
});

terminalTest("a status line is never wider than its terminal", async () => {
  const { written } = await inTerminal(SIM, /packets\/s/, { columns: 30 });
  const lines = statusLines(written).filter((line) => line.includes("packets/s"));
  assert(lines.length > 0, written);
  for (const line of lines) assert(line.length < 30, line);
});

Deno.test({
  name: "listen ends well when what reads its output has seen enough",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using running = await startDaemon("--deadline", "100ms");
    await using _other = await startSubscriber(running, ["listen"]);
    const self = selfCommand(["listen", "-e", running.endpoint]);
    const listen = new Deno.Command(self.executable, {
      args: self.args,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(listen.stderr).text();
    await running.daemon.says(/subscriber joined, now 2/);
    await listen.stdout.cancel();
    await simulate(running.target, "--readouts", "20", "--speed=max");
    assertEquals((await listen.status).code, 0);
    assertEquals((await stderr).includes("error"), false, await stderr);
  },
});
