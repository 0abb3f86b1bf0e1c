import { assertEquals, assertMatch } from "../../assert.ts";

async function runProgram(name: string, ...args: string[]) {
  const program = new URL(`../${name}`, import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", program, ...args],
  }).output();
  const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

async function run(how: string): Promise<{ code: number; words: string[] }> {
  const { code, stdout } = await runProgram("defect.ts", how);
  return { code, words: stdout.split("\n") };
}

Deno.test("a defect in a timer has a process with a ZeroMQ socket drain, and is told once", async () => {
  const told = { code: 0, words: ["defect in a timer", "drained true"] };
  assertEquals(await run("drains"), told);
});

Deno.test("a process that does not drain after a defect is left", async () => {
  assertEquals(await run("sticks"), { code: 1, words: ["defect in a timer", "stuck"] });
});

Deno.test("a command with a defect in a timer stops, fails, and says that it is one", async () => {
  const { code, stderr } = await runProgram("defective_command.ts");
  assertEquals(code, 1);
  assertMatch(stderr, /broken in a timer \(a defect in ssdaq.*--debug/);
  assertMatch(stderr, /stopping[^]*the account closes$/);
  assertEquals(stderr.includes("    at "), false, stderr);
});

Deno.test("with --debug it says where the defect is", async () => {
  const { code, stderr } = await runProgram("defective_command.ts", "--debug");
  assertEquals(code, 1);
  assertMatch(stderr, /broken in a timer \(a defect[^]* {4}at .*defective_command\.ts:\d+/);
});
