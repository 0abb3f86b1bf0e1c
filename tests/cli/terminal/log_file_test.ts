import { SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { LogFile } from "../../../cli/terminal/log_file.ts";
import { ConfigurationError, UnavailableError } from "../../../lib/errors.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../../assert.ts";
import { first, nth } from "../../elements.ts";
import { inFolder } from "../../lib/recording/fixtures.ts";
import { startDaemon } from "../pipeline.ts";
import { refused } from "../refused.ts";
import { CAN_MOUNT, onSmallDisk } from "../small_disk.ts";
import { withoutCoverage } from "../../without_coverage.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("LogFile goes on with a file, and keeps it and the one before below its limit", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    Deno.writeTextFileSync(path, "1\n");
    {
      using log = new LogFile(path, 6);
      for (const line of ["2\n", "3\n", "4\n", "5\n"]) await log.append(bytesOf(line));
    }
    assertEquals(Deno.readTextFileSync(`${path}.1`), "1\n2\n3\n");
    assertEquals(Deno.readTextFileSync(path), "4\n5\n");
    {
      using log = new LogFile(path, 6);
      await log.append(bytesOf("a long line\n"));
    }
    assertEquals(Deno.readTextFileSync(path), "a long line\n");
    assertEquals(Deno.readTextFileSync(`${path}.1`), "4\n5\n");
  }));

Deno.test("LogFiles of one path lose no line when one of them begins a new file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    using one = new LogFile(path, 12);
    using other = new LogFile(path, 12);
    for (const line of ["1\n", "2\n", "3\n", "4\n", "5\n", "6\n"]) {
      await (Number(line) % 2 === 0 ? other : one).append(bytesOf(line));
    }
    // The first to exceed it begins a new file; the other one must not begin a third.
    await one.append(bytesOf("7\n"));
    await other.append(bytesOf("8\n"));
    await one.append(bytesOf("9\n"));
    assertEquals(Deno.readTextFileSync(`${path}.1`), "1\n2\n3\n4\n5\n6\n");
    assertEquals(Deno.readTextFileSync(path), "7\n8\n9\n");
  }));

Deno.test("LogFiles of one path that find it full at the same time begin one new file", () =>
  inFolder(async (folder) => {
    for (let round = 0; round < 50; round++) {
      const path = `${folder}/${round}.log`;
      const logs = Array.from({ length: 8 }, () => new LogFile(path, 12));
      await first(logs).append(bytesOf("1\n2\n3\n4\n5\n6"));
      const lines = logs.map((_, index) => `${index}\n`);
      await Promise.all(logs.map((log, index) => log.append(bytesOf(nth(lines, index)))));
      for (const log of logs) log[Symbol.dispose]();
      // Who did not get the lock in time has appended to the full one.
      const full = Deno.readTextFileSync(`${path}.1`);
      const fresh = Deno.readTextFileSync(path);
      assertEquals(full.slice(0, 11), "1\n2\n3\n4\n5\n6");
      assertEquals((full.slice(11) + fresh).match(/.\n/g)?.toSorted(), lines);
    }
  }));

Deno.test("LogFile goes on at its path when another program takes the file away", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    using log = new LogFile(path);
    await log.append(bytesOf("1\n"));
    Deno.renameSync(path, `${folder}/old.log`);
    await log.append(bytesOf("2\n"));
    assertEquals(Deno.readTextFileSync(`${folder}/old.log`), "1\n");
    assertEquals(Deno.readTextFileSync(path), "2\n");
  }));

Deno.test({
  name: "LogFile appends to what is no plain file, and leaves it where it is",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/a.log`;
      Deno.symlinkSync("/dev/null", path);
      using log = new LogFile(path, 4);
      for (let line = 0; line < 4; line++) await log.append(bytesOf("1234\n"));
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["a.log"]);
      assertEquals(Deno.readLinkSync(path), "/dev/null");
    }),
});

Deno.test("processes that share a log file lose no line while it begins anew", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    const program = new URL("../log_writer.ts", import.meta.url).pathname;
    const names = ["a", "b", "c"];
    const lines = 400;
    // All of them fill the file about one and a half times.
    const maxBytes = `${names.length * lines * "a 123\n".length / 1.5}`;
    const ends = await Promise.all(names.map((name) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-read", "--allow-write", program, path, maxBytes, name, `${lines}`],
      }).output()
    ));
    for (const { code, stderr } of ends) assertEquals(code, 0, new TextDecoder().decode(stderr));
    const written = [`${path}.1`, path].flatMap((file) =>
      Deno.readTextFileSync(file).trimEnd().split("\n")
    );
    assertEquals(
      written.toSorted(),
      names.flatMap((name) => Array.from({ length: lines }, (_, line) => `${name} ${100 + line}`)),
    );
  }));

Deno.test("LogFile refuses a place where it cannot write", () => {
  assertThrows(
    () => new LogFile("/nowhere/a.log"),
    UnavailableError,
    "--log-file /nowhere/a.log: the folder does not exist",
  );
});

Deno.test({
  name: "LogFile refuses a pipe, which would not open before somebody reads it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/pipe`;
      await new Deno.Command("mkfifo", { args: [path] }).output();
      assertThrows(() => new LogFile(path), ConfigurationError, "this is a pipe; give a file");
    }),
});

Deno.test({
  name: `LogFile that its disk has no room for begins when there is some` +
    (CAN_MOUNT ? "" : " (skipped: may not mount)"),
  ignore: !CAN_MOUNT,
  fn: () =>
    // Its folder and one file.
    onSmallDisk("64k,nr_inodes=2", async (folder) => {
      Deno.writeTextFileSync(`${folder}/other`, "");
      using log = new LogFile(`${folder}/a.log`);
      await assertRejects(() => log.append(bytesOf("1\n")), Error, "No space left");
      Deno.removeSync(`${folder}/other`);
      await log.append(bytesOf("2\n"));
      assertEquals(Deno.readTextFileSync(`${folder}/a.log`), "2\n");
    }),
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
    const line = first(json.stderr.split("\n"));
    const { time, ...rest } = JSON.parse(line);
    assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assertEquals(rest, {
      level: "info",
      command: "sim",
      message: "1 modules from 127.0.0.101 on send to udp://127.0.0.1:9",
      category: "ssdaq",
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

for (const format of ["text", "json"]) {
  Deno.test({
    name: `a log file that cannot grow is told once, and the daemon goes on (${format})`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inFolder(async (folder) => {
        const file = `${folder}/a.log`;
        using _ = withoutCoverage();
        await using running = await startDaemon("--log-file", file, "--log-format", format);
        const limit = `--fsize=${Deno.statSync(file).size}`;
        const args = ["--pid", `${running.daemon.pid}`, limit];
        const { success } = await new Deno.Command("prlimit", { args }).output();
        assertEquals(success, true);
        const { code, stderr } = await running.daemon.stop();
        assertEquals(code, 0, stderr);
        const messages = stderr.trim().split("\n").map((line) =>
          format === "json" ? JSON.parse(line).message : line
        );
        const told = messages.filter((message) =>
          /^--log-file \S+a\.log: File too large; its lines are dropped/.test(message)
        );
        assertEquals(told.length, 1, stderr);
      }),
  });
}
