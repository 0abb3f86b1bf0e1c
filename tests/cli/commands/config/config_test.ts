import { SsdaqProcess } from "../../../../cli/process/ssdaq_process.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";
import { dataOf } from "../../pipeline.ts";
import { refused } from "../../refused.ts";

interface Shown {
  file: string | null;
  tables: { daemon: Record<string, Value>; recorder: Record<string, Value>[] };
}

/** A key's value, and the line, variable or default that it comes from. */
interface Value {
  value: unknown;
  from: string;
}

Deno.test("config init writes a file once, which config check finds right", () =>
  inFolder(async (folder) => {
    const file = `${folder}/ssdaq.toml`;
    const written = await SsdaqProcess.run("config", "init", file);
    assertEquals([written.code, written.stdout.split(": ")[0]], [0, file]);
    const checked = await SsdaqProcess.run("config", "check", file);
    assertEquals(checked.stdout, `${file}: no errors; 0 keys are set in 0 tables\n`);
    await refused(2, ["config", "init", file], `config init: ${file} exists already`);
    Deno.writeTextFileSync(file, "[daemon]\nwindow = '1ms'\n");
    assertEquals(
      dataOf(await SsdaqProcess.run("config", "check", file, "--json")),
      { file, ok: true, keys: 1, tables: 1 },
    );
    assertEquals((await SsdaqProcess.run("config", "init", file, "--force")).code, 0);
    assertStringIncludes(Deno.readTextFileSync(file), '#window = "10ms"\n');
  }));

Deno.test("config show tells each value and the line, variable or default it comes from", () =>
  inFolder(async (folder) => {
    const file = `${folder}/ssdaq.toml`;
    const recorders = '[[recorder]]\nfolder = "a"\n[[recorder]]\nfolder = "b"\n';
    Deno.writeTextFileSync(
      file,
      `[daemon]\nwindow = "1ms"\npublish = [1, "tcp://*:2"]\n${recorders}`,
    );
    const show = async (...args: string[]) => {
      const shown = new SsdaqProcess(["config", "show", ...args, "--config", file]);
      return await shown.ended;
    };
    Deno.env.set("SSDAQ_DAEMON_DEADLINE", "3s");
    try {
      const { tables, file: read }: Shown = dataOf(await show("--json"));
      assertEquals(read, file);
      const { window, publish, deadline, run, listen } = tables.daemon;
      assertEquals(window, { value: "1ms", from: `${file}:2` });
      assertEquals(publish, { value: ["1", "tcp://*:2"], from: `${file}:3` });
      assertEquals(deadline, { value: "3s", from: "SSDAQ_DAEMON_DEADLINE" });
      assertEquals(run, { value: null, from: "default" });
      assertEquals(listen, { value: "0.0.0.0:2009", from: "default" });
      const folders = tables.recorder.map(({ folder }) => folder);
      assertEquals(folders, [{ value: "a", from: `${file}:5` }, { value: "b", from: `${file}:7` }]);
      const { stdout } = await show("daemon");
      assertMatch(stdout, /^window = "1ms" +# \S+ssdaq\.toml:2$/m);
      assertMatch(stdout, /^publish = \[1, "tcp:\/\/\*:2"\] +# \S+ssdaq\.toml:3$/m);
      assertMatch(stdout, /^deadline = "3s" +# SSDAQ_DAEMON_DEADLINE$/m);
      assertEquals(stdout.includes("[sim]"), false);
    } finally {
      Deno.env.delete("SSDAQ_DAEMON_DEADLINE");
    }
  }));

Deno.test("a command refuses a wrong configuration with the line, and config check with it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/ssdaq.toml`;
    Deno.writeTextFileSync(file, "[daemon]\nwindow = 10\n");
    const problem = `error: ${file}:2:10: window 10: not a duration above 0`;
    await refused(2, ["daemon", "--config", file], problem);
    await refused(2, ["config", "check", file], problem);
    await refused(2, ["config", "show", "--config", file], problem);
    // What mends it works all the same.
    const { code } = await SsdaqProcess.run("config", "init", file, "--force", "--config", file);
    assertEquals(code, 0);
  }));

for (
  const [what, text, ...words] of [
    [
      "two recorders of one name",
      '[[recorder]]\nname = "a"\n[[recorder]]\nname = "a"\nfolder = "x"\n',
      "[[recorder]] a: a has the same name; give each its own",
    ],
    [
      "two recorders of the same files, written in two ways",
      '[record]\nfolder = "x"\n[[recorder]]\n[[recorder]]\nfolder = "./x/"\n' +
      'prefix = "SlowSignal"\n',
      "recorder 2: recorder 1 has the same folder and prefix",
    ],
    ["a prefix with a slash", '[record]\nprefix = "a/b"\n', "2:10: prefix: 'a/b' cannot begin"],
    [
      "a recorder's prefix with a slash",
      '[[recorder]]\nprefix = "a/b"\n',
      "2:10: prefix: 'a/b' cannot begin a file name; use a name without slashes",
    ],
    [
      "a replay buffer without room",
      '[daemon]\nreplay-buffer = "1KiB"\n',
      "2:17: replay-buffer: a replay buffer of 1024 bytes holds no event: give at least",
    ],
    [
      "two equal publish endpoints",
      '[daemon]\npublish = ["tcp://127.0.0.1:5601", "127.0.0.1:5601=readout"]\n',
      "2:11: publish: tcp://127.0.0.1:5601 is given twice; give each its own port",
    ],
    [
      "a daemon that other hosts can command without a token",
      '[daemon]\ncontrol = "0.0.0.0:8642"\n',
      "2:11: control 0.0.0.0:8642: other hosts reach this address; give --control-token-file",
    ],
    [
      "a recorder that other hosts can ask without a token",
      '[[recorder]]\nname = "a"\ncontrol = "0.0.0.0:8646"\n',
      "3:11: control 0.0.0.0:8646: other hosts reach this address; give --control-token-file",
    ],
  ] as const
) {
  Deno.test(`config check refuses what run refuses: ${what}`, () =>
    inFolder(async (folder) => {
      const file = `${folder}/ssdaq.toml`;
      Deno.writeTextFileSync(file, text);
      await refused(2, ["config", "check", file], ...words);
      await refused(2, ["run", "--config", file], ...words);
    }));
}

Deno.test("config names what it is given that it does not know", async () => {
  await refused(2, ["config"], "config: give show, check, init, schema");
  await refused(2, ["config", "shwo"], "config shwo: not known; did you mean show?");
  await refused(2, ["config", "show", "deamon"], "not known; did you mean daemon?");
  await refused(2, ["config", "schema", "x"], "config schema: unexpected argument x");
  await refused(2, ["config", "check", "/nowhere.toml"], "/nowhere.toml: there is no such file");
});

Deno.test("config schema prints JSON", async () => {
  const { $schema, properties }: { $schema: string; properties: object } = dataOf(
    await SsdaqProcess.run("config", "schema"),
  );
  assertEquals($schema, "http://json-schema.org/draft-07/schema#");
  assertEquals("daemon" in properties, true);
});
