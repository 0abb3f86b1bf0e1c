import { assertEquals } from "../../assert.ts";

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

Deno.test(
  "descriptorLimit() says how many this process may have open now",
  { ignore },
  async () => {
    assertEquals(await under(200, 3000, "console.log(d.descriptorLimit())"), "200");
    assertEquals(await under(3000, 3000, "console.log(d.descriptorLimit())"), "3000");
  },
);
