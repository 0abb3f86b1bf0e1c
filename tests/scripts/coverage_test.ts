import { readCoverage } from "../../scripts/coverage/coverage_of_files.ts";
import {
  newMisses,
  readKnownMisses,
  updatedMisses,
  writeKnownMisses,
} from "../../scripts/coverage/known_misses.ts";
import { removeIncomplete } from "../../scripts/coverage/remove_incomplete.ts";
import { assertEquals } from "../assert.ts";
import { inFolder, namesIn } from "../lib/recording/fixtures.ts";

Deno.test("coverage tells the lines and branches that were not run, most lines first", () => {
  const lcov = "SF:/x/lib/a.ts\nFN:1,f\nBRDA:2,1,0,0\nBRDA:2,1,1,7\nBRDA:9,1,0,-\n" +
    "DA:1,2\nDA:2,0\nDA:9,1\nLH:2\nLF:3\nend_of_record\n" +
    "SF:/x/lib/b.ts\nDA:3,0\nDA:5,0\nDA:7,4\nDA:10,0\nend_of_record\n" +
    "SF:/x/lib/c.ts\nDA:1,1\nend_of_record\n";
  const none = { branches: 0, hitBranches: 0, missedAt: [] };
  assertEquals(readCoverage(lcov, "/x/"), [
    { file: "lib/b.ts", lines: 4, hitLines: 1, ranges: ["3-5", "10"], ...none },
    {
      ...{ file: "lib/a.ts", lines: 3, hitLines: 2, ranges: ["2"] },
      ...{ branches: 3, hitBranches: 1, missedAt: [2, 9] },
    },
    { file: "lib/c.ts", lines: 1, hitLines: 1, ranges: [], ...none },
  ]);
});

const TEXT = "one;\n  if (two) three;\nfour;\nif (five) six;\n";

/** A file of which branches in these lines are missed. */
function missing(...missedAt: number[]) {
  return {
    ...{ file: "lib/a.ts", lines: 4, hitLines: 4, ranges: [] },
    ...{ branches: 4, hitBranches: 4 - missedAt.length, missedAt },
  };
}

Deno.test("a missed branch needs a reason, which stays when its line moves", () => {
  const textOf = () => TEXT;
  const known = { "lib/a.ts": [{ line: "if (two) three;", reason: "no machine has two" }] };
  const files = [missing(2, 2, 4)];
  const fresh = { file: "lib/a.ts", lineNumber: 4, line: "if (five) six;" };
  assertEquals(newMisses(files, known, textOf), [fresh]);
  assertEquals(newMisses([missing(3)], known, () => `\n${TEXT}`), []);
  const without = { "lib/a.ts": [{ line: "if (five) six;", reason: "" }] };
  assertEquals(newMisses([missing(4)], without, textOf), [fresh]);
  assertEquals(newMisses([missing(4)], {}, textOf), [fresh]);
});

Deno.test("a missed branch in a line that says nothing is known by the line beside it", () => {
  const text = "try {\n  a();\n} catch {\n  b();\n}\n";
  const files = [missing(3, 5)];
  assertEquals(newMisses(files, {}, () => text).map(({ line }) => line), [
    "} catch { b();",
    "b(); }",
  ]);
});

Deno.test("the list of missed branches is written again with the reasons that it has", () =>
  inFolder((folder) => {
    const known = {
      "lib/a.ts": [
        { line: "if (two) three;", reason: "no machine has two" },
        { line: "if (gone) away;", reason: "old" },
      ],
      "lib/gone.ts": [{ line: "x", reason: "old" }],
    };
    const updated = updatedMisses([missing(4)], known, () => TEXT, "later");
    assertEquals(updated, {
      "lib/a.ts": [
        { line: "if (two) three;", reason: "no machine has two" },
        { line: "if (five) six;", reason: "later" },
      ],
    });
    writeKnownMisses(`${folder}/list.json`, updated);
    assertEquals(readKnownMisses(`${folder}/list.json`), updated);
    return Promise.resolve();
  }));

Deno.test("coverage leaves out what killed processes have written half", () =>
  inFolder((folder) => {
    const files = {
      ...{ "whole.json": '{\n  "a": 1\n}', "none.json": "", "half.json": '{\n  "a": [{\n    }' },
      "a.ts": "{",
    };
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
    }
    removeIncomplete(folder);
    assertEquals(namesIn(folder), ["a.ts", "whole.json"]);
    return Promise.resolve();
  }));
