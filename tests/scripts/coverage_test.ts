import { removeIncomplete } from "../../scripts/coverage/remove_incomplete.ts";
import { readUncovered } from "../../scripts/coverage/uncovered.ts";
import { assertEquals } from "../assert.ts";
import { inFolder, namesIn } from "../lib/recording/fixtures.ts";

Deno.test("coverage tells the lines that were not run, the file with most of them first", () => {
  const lcov = "SF:/x/lib/a.ts\nFN:1,f\nDA:1,2\nDA:2,0\nDA:9,1\nLH:2\nLF:3\nend_of_record\n" +
    "SF:/x/lib/b.ts\nDA:3,0\nDA:5,0\nDA:7,4\nDA:10,0\nend_of_record\n" +
    "SF:/x/lib/c.ts\nDA:1,1\nend_of_record\n";
  assertEquals(readUncovered(lcov, "/x/"), [
    { file: "lib/b.ts", lines: 4, hit: 1, ranges: ["3-5", "10"] },
    { file: "lib/a.ts", lines: 3, hit: 2, ranges: ["2"] },
    { file: "lib/c.ts", lines: 1, hit: 1, ranges: [] },
  ]);
});

Deno.test("coverage leaves out what killed processes have written half", () =>
  inFolder((folder) => {
    const files = { "whole.json": "{}", "none.json": "", "half.json": '{"a": [{}', "a.ts": "{" };
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
    }
    removeIncomplete(folder);
    assertEquals(namesIn(folder), ["a.ts", "whole.json"]);
    return Promise.resolve();
  }));
