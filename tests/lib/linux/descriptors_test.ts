import { assertEquals, assertGreaterOrEqual } from "../../assert.ts";

/**
 * What a process prints that is given these limits of descriptors before it runs this code. It is
 * given them while it runs, because Deno raises its own soft limit when it starts.
 */
async function under(soft: number, hard: number, code: string): Promise<string> {
  const module = import.meta.resolve("../../../lib/linux/descriptors.ts");
  const limit = `await new Deno.Command("prlimit", { args: ["--pid", String(Deno.pid), ` +
    `"--nofile=${soft}:${hard}"] }).output();`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", `import * as d from ${JSON.stringify(module)}; ${limit} ${code}`],
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

const ignore = Deno.build.os !== "linux";

Deno.test("raiseDescriptorLimit() goes up to the hard limit", { ignore }, async () => {
  const code = "const before = d.descriptorLimit(); const now = d.raiseDescriptorLimit();" +
    "console.log(before, now, d.descriptorLimit(), JSON.stringify(d.descriptorLimits()))";
  assertEquals(await under(200, 3000, code), '200 3000 3000 {"soft":3000,"hard":3000}');
  assertEquals(await under(200, 200, code), '200 200 200 {"soft":200,"hard":200}');
});

Deno.test("descriptorLimit() says the limit of this process", async () => {
  const { descriptorLimit } = await import("../../../lib/linux/descriptors.ts");
  assertGreaterOrEqual(descriptorLimit(), 16);
});
