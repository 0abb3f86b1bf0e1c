import configuration from "../deno.json" with { type: "json" };
import { assert, assertEquals } from "./assert.ts";
import { readSource, sourceFilesIn } from "./source_files.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const doors = Object.values(configuration.exports);

Deno.test("the doors of the library export each type that what they export speaks of", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...doors],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(stderr);
  assert(/Found \d+ documentation lint error/.test(told), told);
  // The errors of ssdaq have a base that nobody is to catch.
  const hidden = told.match(/^error\[private-type-ref\].*$/gm)
    ?.filter((line) => !line.endsWith("'ReadableError'"));
  assertEquals(hidden ?? [], []);
});

Deno.test("no file of lib, sim and cli imports a door", () => {
  const found = ["lib", "sim", "cli"].flatMap(sourceFilesIn).filter((file) =>
    !doors.includes(`./${file}`) && /from "[^"]*\/mod\.ts"/.test(readSource(file))
  );
  assertEquals(found, []);
});
