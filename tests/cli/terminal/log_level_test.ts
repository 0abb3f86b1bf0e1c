import { selfCommand } from "../../../cli/process/self.ts";
import { SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { inFolder } from "../../lib/recording/fixtures.ts";
import { simulate, startDaemon } from "../pipeline.ts";
import { DAEMON } from "../supervised_run.ts";

/** A line of the log in JSON. */
interface Line {
  time: string;
  level: string;
  command: string;
  message: string;
  category: string;
  code?: string;
  fields?: Record<string, unknown>;
  repeats?: number;
}

/** A sender that is no module. */
const STRANGER = ["--modules", "1", "--first-address", "127.0.0.50", "--readouts", "10"];

function linesIn(stderr: string): Line[] {
  return stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

Deno.test("the log in JSON has level, stage, code and fields of each line", async () => {
  await using running = await startDaemon("--log-format", "json", "--log-level", "debug");
  await simulate(running.target, ...STRANGER);
  await running.daemon.says(/refused: no module/);
  assertEquals((await fetch(`${running.control}/healthz`)).status, 200);
  const { stderr } = await running.daemon.stop();
  const lines = linesIn(stderr);
  const refused = lines.find(({ code }) => code === "address.noSlot");
  const { time, message, fields, ...rest } = refused ?? {};
  assertMatch(`${time}`, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assertMatch(`${message}`, /not a slot; see --module-base and --module$/);
  const lengthBytes = 1440;
  assertEquals(fields, {
    ...{ reason: "unknownSource", source: "127.0.0.50", lengthBytes },
    ...{ address: "127.0.0.50", base: 1 },
  });
  assertEquals(rest, {
    ...{ level: "warning", command: "daemon", category: "ssdaq.acquisition" },
    code: "address.noSlot",
  });
  const asked = lines.find(({ category, level }) => category === "ssdaq.http" && level === "debug");
  assertEquals(asked?.message, "GET /healthz: 200");
  const [first] = lines;
  assertEquals([first?.level, first?.category], ["info", "ssdaq"]);
});

Deno.test("--log-level and level in [log] leave out what matters less, but never an error", () =>
  inFolder(async (folder) => {
    const config = `${folder}/ssdaq.toml`;
    Deno.writeTextFileSync(config, '[log]\nlevel = "error"\nfile = "off"\n');
    const sim = ["sim", "--target", "127.0.0.1:9", "--modules", "1", "--readouts", "1"];
    const usual = await SsdaqProcess.run(...sim);
    assertMatch(usual.stderr, /^\S+Z 1 modules from .*\n$/);
    const self = selfCommand([...sim, "--config", config]);
    const configured = await new Deno.Command(self.executable, { args: self.args }).output();
    assertEquals([configured.code, new TextDecoder().decode(configured.stderr)], [0, ""]);
    const quiet = await SsdaqProcess.run(...sim, "--log-level", "warning");
    assertEquals([quiet.code, quiet.stderr], [0, ""]);
    const far = ["sim", "--first-address", "192.0.2.1", "--readouts", "1", "--log-level=error"];
    assertMatch((await SsdaqProcess.run(...far)).stderr, /^error: cannot send from 192\.0\.2\.1: /);
    const wrong = await SsdaqProcess.run(...sim, "--log-level", "loud");
    assertMatch(
      wrong.stderr,
      /^error: --log-level loud: give one of debug, info, warning, error\n/,
    );
  }));

Deno.test("run keeps the levels, stages, codes and fields of its processes, and gives them its level", () =>
  inFolder(async (folder) => {
    const config = `${folder}/ssdaq.toml`;
    Deno.writeTextFileSync(config, `${DAEMON}folder = "${folder}"\n`);
    const args = ["run", "--config", config, "--log-format", "json", "--log-level", "debug"];
    await using run = new SsdaqProcess(args);
    const [, port] = await run.says(/receiving on udp:\/\/127\.0\.0\.1:(\d+) /);
    await run.says(/all are ready/);
    await simulate(`127.0.0.1:${port}`, ...STRANGER);
    await run.says(/refused: no module/);
    const { code, stderr } = await run.stop("SIGTERM");
    assertEquals(code, 0, stderr);
    const lines = linesIn(stderr);
    assert(lines.every(({ command }) => command === "run"));
    const refused = lines.find(({ code }) => code === "address.noSlot");
    assertEquals(
      [refused?.level, refused?.category, refused?.fields?.source],
      ["warning", "ssdaq.daemon.acquisition", "127.0.0.50"],
    );
    // What mends it is told by the daemon already.
    assertMatch(
      `${refused?.message}`,
      /^daemon \| packet of 1440 bytes from 127\.0\.0\.50 refused: .*not a slot; see --module-base and --module$/,
    );
    const asked = lines.find(({ category }) => category === "ssdaq.daemon.http");
    assertEquals([asked?.level, asked?.message], ["debug", "daemon | GET /status: 200"]);
    const own = lines.find(({ message }) => message === "all are ready");
    assertEquals([own?.level, own?.category], ["info", "ssdaq.run"]);
  }));
