import { assertEquals } from "../../assert.ts";

const PROGRAM = new URL("../defect.ts", import.meta.url).pathname;

async function run(how: string): Promise<{ code: number; words: string[] }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", PROGRAM, how],
  }).output();
  return { code, words: new TextDecoder().decode(stdout).trimEnd().split("\n") };
}

Deno.test("a defect in a timer has a process with a ZeroMQ socket drain, and is told once", async () => {
  const told = { code: 0, words: ["defect in a timer", "drained true"] };
  assertEquals(await run("drains"), told);
});

Deno.test("a process that does not drain after a defect is left", async () => {
  assertEquals(await run("sticks"), { code: 1, words: ["defect in a timer", "stuck"] });
});
