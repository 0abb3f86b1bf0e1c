import { moduleOption } from "../../../cli/options/module_option.ts";
import { SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { ValueError } from "../../../lib/errors.ts";
import { slotsOf } from "../../../lib/wire/camera.ts";
import { assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { inFolder } from "../../lib/recording/fixtures.ts";
import { complaintsOf, refused } from "../refused.ts";

Deno.test("--module is a map of all that are given, and none when none is", () => {
  assertEquals(moduleOption.read("--module", []), undefined);
  const map = moduleOption.read("--module", ["10.0.0.7=3", "0::1=31"]);
  assertEquals(slotsOf(map?.slots ?? 0), [3, 31]);
  assertEquals(JSON.stringify(map), '["10.0.0.7=3","::1=31"]');
});

Deno.test("--module refuses what is no module, and what is given twice", () => {
  for (
    const [texts, message] of [
      [["::1"], "--module ::1: it has no slot; give ADDRESS=SLOT, such as"],
      [["::1=1", "::2=x"], "--module ::2=x: slots are 0 to 31, not x"],
      [["::1=1", "0::1=2"], "--module ::1=2: ::1 has slot 1 already"],
      [["::1=1", "::2=1"], "--module ::2=1: slot 1 belongs to ::1 already; give each module its"],
    ] as const
  ) assertThrows(() => moduleOption.read("--module", texts), ValueError, message);
});

Deno.test("daemon that is given a slot twice starts nothing", () =>
  refused(
    2,
    ["daemon", "--module", "::1=1", "--module", "10.0.0.1=1"],
    "--module 10.0.0.1=1: slot 1 belongs to ::1 already",
  ));

Deno.test("a configuration has modules as a list or as a table, each refused at its line", () =>
  inFolder(async (folder) => {
    const file = `${folder}/ssdaq.toml`;
    const check = async (modules: string) => {
      Deno.writeTextFileSync(file, `[daemon]\n${modules}\n`);
      await using process = new SsdaqProcess(["config", "check", file]);
      const { code, stderr } = await process.ended;
      return [code, ...complaintsOf(stderr)];
    };
    assertEquals(await check('module = ["::1=0", "10.0.0.7=1"]'), [0]);
    assertEquals(await check('module = { "::1" = 0, "10.0.0.7" = 1 }'), [0]);
    assertEquals(await check('[daemon.module]\n"::1" = 0\n"fd00::101" = 1'), [0]);
    for (
      const [modules, message] of [
        [
          '[daemon.module]\n"::1" = 0\n"fd00::x" = 1',
          /ssdaq\.toml:4:\d+: module\.fd00::x 1: .*IPv6/,
        ],
        ['module = ["::1=0",\n"::2=32"]', /ssdaq\.toml:3:\d+: module ::2=32: slots are 0 to 31/],
        ['module = { "::1" = 0, "::2" = 0 }', /ssdaq\.toml:2:\d+: module ::2=0: slot 0 belongs to/],
      ] as const
    ) {
      const [code, line] = await check(modules);
      assertEquals(code, 2);
      assertMatch(`${line}`, message);
    }
  }));
