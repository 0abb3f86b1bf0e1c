import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import configuration from "../../deno.json" with { type: "json" };
import { readReport } from "../../scripts/explore/round.ts";
import { randomTestFiles } from "../../scripts/explore/test_files.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../assert.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { waitFor } from "../wait_for.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ASSERT = JSON.stringify(new URL("../assert.ts", import.meta.url));
const PROPERTY = JSON.stringify(new URL("../property.ts", import.meta.url));

/** A test file with one property that holds, and one that does not from 1000 on. */
const FAILING = `
import { assertLess } from ${ASSERT};
import { fc } from ${PROPERTY};
Deno.test("a number is itself", () => {
  fc.assert(fc.property(fc.nat(), (number) => assertLess(number - 1, number)));
});
Deno.test("it's small", () => {
  fc.assert(fc.property(fc.nat(), (number) => assertLess(number, 1000)), { numRuns: 1000 });
});
`;

function explore(...args: string[]): Deno.ChildProcess {
  const words = configuration.tasks.explore.command.split(" ").slice(1);
  return new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What it printed, and its code. */
async function ended(child: Deno.ChildProcess): Promise<[number, string]> {
  const { code, stdout, stderr } = await child.output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

Deno.test("explore prints the seed, the smallest case and the command that repeats it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/failing_test.ts`;
    Deno.writeTextFileSync(file, FAILING);
    const [code, told] = await ended(explore("--rounds", "3", file));
    assertEquals(code, 1, told);
    const rounds = [...told.matchAll(/^round \d: seed (\d+), 2 tests, 1 failed/gm)];
    assertEquals(rounds.length, 3, told);
    const [firstSeed] = rounds.map(([, seed]) => seed);
    assertEquals(new Set(rounds.map(([, seed]) => seed)).size, 3);
    assertEquals(told.match(/^Counterexample: \[1000\]$/gm)?.length, 1, told);
    assertMatch(told, /^3 seeds in .*, 2 tests in 1 files with each; tests that failed: 1$/m);
    assertMatch(told, /^ {2}with 3 of 3 seeds: SSDAQ_SEED=/m);

    const command = /^repeat: (.*)$/m.exec(told)?.[1] ?? "";
    assert(command.startsWith(`SSDAQ_SEED=${firstSeed} deno test `), command);
    const repeated = await new Deno.Command("sh", {
      args: ["-c", command],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(repeated.code, 1);
    const said = new TextDecoder().decode(repeated.stdout);
    assertMatch(said, /Counterexample: \[1000\]/);
    assertMatch(said, /0 passed \| 1 failed/);
  }));

Deno.test("explore says why tests cannot be run", () =>
  inFolder(async (folder) => {
    const file = `${folder}/broken_test.ts`;
    Deno.writeTextFileSync(file, 'throw new Error("of no use");');
    const [code, told] = await ended(explore("--rounds", "1", file));
    assertEquals(code, 1, told);
    assertMatch(told, /the tests could not be run with SSDAQ_SEED=\d+:[^]*of no use/);
  }));

Deno.test("explore ends at Ctrl-C, with its summary", () =>
  inFolder(async (folder) => {
    const [begun, file] = [`${folder}/begun`, `${folder}/long_test.ts`];
    Deno.writeTextFileSync(
      file,
      `Deno.test("long", async () => {
         Deno.writeTextFileSync(${JSON.stringify(begun)}, "");
         await new Promise((resolve) => setTimeout(resolve, 3_600_000));
       });`,
    );
    const child = explore(file);
    const ending = ended(child);
    await waitFor("the first round", () => isThere(begun));
    child.kill("SIGINT");
    const [code, told] = await ending;
    assertEquals(code, 0, told);
    assertMatch(told, /^0 seeds in .*tests that failed: 0$/m);
  }));

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("explore reads what JUnit's form escapes", () => {
  const { tests, failures } = readReport(
    `<testcase name="a &lt;b&gt; &quot;c&quot; &amp;lt;" classname="./x.ts" time="0">
       <failure message="no">Error: &#39;&#x1F4A5;&apos;
    at f (g.ts:1:1)</failure></testcase><testcase name="d" classname="x"></testcase>`,
  );
  assertEquals(tests, 2);
  assertEquals(failures, [{ name: 'a <b> "c" &lt;', file: "./x.ts", error: "Error: '💥'" }]);
});

/** Chance that `SSDAQ_SEED` does not set: it is new each time, or has a seed of its own. */
const OTHER_CHANCE = new RegExp(
  [
    /from ["']fast-check["']/,
    /Math\.random|getRandomValues|randomUUID/,
    /new (?:Dice|Random)\(\d/,
    /\{ seed: \d+(?:, numRuns.*)? \}(?:,|\);)?$|numRuns.*, seed:/,
  ].map(({ source }) => source).join("|"),
  "m",
);

/** They hold the seed, name these things, or compare a generator with known numbers. */
const MAY = ["tests/property.ts", "tests/scripts/explore_test.ts", "tests/sim/random_test.ts"];

Deno.test("tests draw what is random from the seed in tests/property.ts, and from nothing else", () => {
  const files = globSync("tests/**/*.ts", { cwd: ROOT });
  for (const file of MAY) assert(files.includes(file), file);
  const others = files.filter((file) =>
    !MAY.includes(file) && OTHER_CHANCE.test(Deno.readTextFileSync(ROOT + file))
  );
  assertEquals(others, []);
  assertGreater(randomTestFiles(ROOT).length, 40);
});
