import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const TASKS = [
  ...["bench_view", "compile", "coverage", "demo", "explore"],
  ...["failures", "figures", "fuzz", "siege", "soak"],
];

/** Runs a script, which must not begin its work: that takes minutes to hours. */
async function run(script: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", `scripts/${script}.ts`, ...args],
    cwd: ROOT,
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

for (const script of TASKS) {
  const task = script.replace("_", "-");

  Deno.test(`deno task ${task} --help prints options and examples, and does nothing else`, async () => {
    const { code, output, errors } = await run(script, "--help");
    assertEquals({ code, errors }, { code: 0, errors: "" });
    assertMatch(output, new RegExp(`^deno task ${task}`));
    assertMatch(output, /\n {2,}.*--\w.* {2}/);
    assertMatch(output, new RegExp(`\nExamples\n  deno task ${task}`));
  });
}

Deno.test("a task that is given an unknown option names its own help", async () => {
  const { code, errors } = await run("soak", "--longer");
  assertEquals(code, 1);
  assertStringIncludes(errors, "soak has no option --longer");
  assertStringIncludes(errors, "see deno task soak --help");
});
