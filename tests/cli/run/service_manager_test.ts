import { ServiceManager } from "../../../cli/run/service_manager.ts";
import { selfCommand } from "../../../cli/self.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { hasProgram } from "../../has_program.ts";
import { inFolder } from "../../lib/writer/fixtures.ts";

const DEADLINE_MS = 30_000;
const SCRIPT = new URL("notify_socket.py", import.meta.url).pathname;

const CONFIGURATION = `
[daemon]
listen = "127.0.0.1:0"
publish = "tcp://127.0.0.1:0"
control = "127.0.0.1:0"
[[recorder]]
folder = "FOLDER"
prefix = "a"
[[recorder]]
folder = "FOLDER"
prefix = "b"
`;

Deno.test({
  name: "ssdaq run tells systemd when all listen, that it lives, how it is, and that it ends",
  ignore: Deno.build.os !== "linux" || !hasProgram("python3"),
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/ssdaq.toml`;
      await Deno.writeTextFile(config, CONFIGURATION.replaceAll("FOLDER", folder));
      const self = selfCommand(["run", "--config", config]);
      const child = new Deno.Command("python3", {
        args: [SCRIPT, folder, self.executable, ...self.args],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
      let told = "";
      let isEnding = false;
      try {
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
          told += text;
          if (isEnding || !/READY=1[^]*WATCHDOG=1/.test(told)) continue;
          isEnding = true;
          await child.stdin.close();
        }
        assertEquals((await child.status).code, 0, told);
      } finally {
        clearTimeout(timer);
        if (!isEnding) await child.stdin.close();
      }
      const lines = told.trim().split("\n");
      const all = "STATUS=daemon runs | recorder 1 runs | recorder 2 runs";
      assertEquals(lines.filter((line) => line === `READY=1 ${all}`).length, 1, told);
      assert(lines.includes(`WATCHDOG=1 ${all}`), told);
      assert(lines.indexOf(`READY=1 ${all}`) < lines.indexOf("STOPPING=1"), told);
    }),
});

Deno.test("without systemd nobody is told", () => {
  const log: string[] = [];
  using manager = new ServiceManager({}, () => "", (line) => log.push(line));
  manager.ready();
  assertEquals(log, []);
});

Deno.test("a service manager that cannot be told is told of once, and nothing else happens", async () => {
  const said = Promise.withResolvers<string>();
  const environment = { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "2000" };
  using manager = new ServiceManager(environment, () => "", said.resolve);
  manager.ready();
  assertMatch(await said.promise, /^the service manager cannot be told: /);
  using other = new ServiceManager({ NOTIFY_SOCKET: "@abstract" }, () => "", said.resolve);
  other.ready();
});
