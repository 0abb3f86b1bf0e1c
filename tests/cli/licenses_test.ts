import { SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));

Deno.test("--licenses prints the licence of ssdaq, and those of all that it contains", async () => {
  const printed = await SsdaqProcess.run("--licenses");
  assertEquals([printed.code, printed.stderr], [0, ""]);
  assertEquals(printed.stdout, `${read("LICENSE")}\n${read("THIRD_PARTY.md")}`);
  assert(printed.stdout.startsWith("BSD 3-Clause License\n"));
});

Deno.test("--help tells of --licenses", async () => {
  assertStringIncludes((await SsdaqProcess.run("--help")).stdout, "ssdaq --licenses ");
});
