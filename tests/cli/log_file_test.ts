import { LogFile } from "../../cli/log_file.ts";
import { SsdaqProcess } from "../../cli/ssdaq_process.ts";
import { UnavailableError } from "../../lib/errors.ts";
import { assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { inFolder } from "../lib/writer/fixtures.ts";
import { startDaemon } from "./pipeline.ts";
import { refused } from "./refused.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("LogFile goes on with a file, and keeps it and the one before below its limit", () =>
  inFolder((folder) => {
    const path = `${folder}/a.log`;
    Deno.writeTextFileSync(path, "1\n");
    {
      using log = new LogFile(path, 6);
      for (const line of ["2\n", "3\n", "4\n", "5\n"]) log.append(bytesOf(line));
    }
    assertEquals(Deno.readTextFileSync(`${path}.1`), "1\n2\n3\n");
    assertEquals(Deno.readTextFileSync(path), "4\n5\n");
    {
      using log = new LogFile(path, 6);
      log.append(bytesOf("a long line\n"));
    }
    assertEquals(Deno.readTextFileSync(path), "a long line\n");
    assertEquals(Deno.readTextFileSync(`${path}.1`), "4\n5\n");
    return Promise.resolve();
  }));

Deno.test("LogFile refuses a place where it cannot write", () => {
  assertThrows(
    () => new LogFile("/nowhere/a.log"),
    UnavailableError,
    "--log-file /nowhere/a.log:",
  );
});

Deno.test("--log-file has the lines that stderr has, and --log-format json makes them JSON", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.log`;
    const sim = ["sim", "--target", "127.0.0.1:9", "--modules", "1", "--readouts", "1"];
    const text = await SsdaqProcess.run(...sim, "--log-file", file);
    assertEquals(text.code, 0);
    assertMatch(text.stderr, /^\d{4}-\d\d-\d\dT\S+Z 1 modules from .*\n/);
    assertEquals(Deno.readTextFileSync(file), text.stderr);
    const json = await SsdaqProcess.run(...sim, "--log-format", "json", "--log-file", "off");
    const [line] = json.stderr.split("\n");
    const { time, ...rest } = JSON.parse(line);
    assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assertEquals(rest, {
      level: "info",
      command: "sim",
      message: "1 modules from 127.0.0.101 on send to udp://127.0.0.1:9",
    });
    assertEquals(Deno.readTextFileSync(file), text.stderr);
  }));

Deno.test("an error is in the log file too", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.log`;
    const { stderr } = await SsdaqProcess.run("info", `${folder}/none.h5`, "--log-file", file);
    assertMatch(stderr, /^error: .*none\.h5.*\n$/);
    assertMatch(Deno.readTextFileSync(file), /^\d{4}\S+Z error: .*none\.h5.*\n$/);
    await refused(1, ["info", "x.h5", "--log-file", "/nowhere/a.log"], "--log-file /nowhere/a.log");
  }));

Deno.test({
  name: "a log file that cannot grow ends with one line, and the daemon goes on",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/a.log`;
      await using running = await startDaemon("--log-file", file);
      const limit = `--fsize=${Deno.statSync(file).size}`;
      const args = ["--pid", `${running.daemon.pid}`, limit];
      const { success } = await new Deno.Command("prlimit", { args }).output();
      assertEquals(success, true);
      const { code, stderr } = await running.daemon.stop();
      assertEquals(code, 0, stderr);
      const told = stderr.match(/^--log-file \S+a\.log: File too large.*; it ends here$/gm);
      assertEquals(told?.length, 1, stderr);
    }),
});
