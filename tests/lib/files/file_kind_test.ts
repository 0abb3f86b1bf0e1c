import { checkOpenable, checkReplaceable } from "../../../lib/files/file_kind.ts";
import { assertThrows } from "../../assert.ts";
import { inFolder } from "../recording/fixtures.ts";

Deno.test("a path that is absent, a file or a stream of this process can be opened", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/a`, "");
    for (const path of [`${folder}/a`, `${folder}/none`, "/dev/stdin"]) checkOpenable(path);
    return Promise.resolve();
  }));

Deno.test("a new file replaces no folder", () =>
  inFolder((folder) => {
    checkReplaceable(`${folder}/none`);
    assertThrows(() => checkReplaceable(folder), Error, "not a plain file");
    return Promise.resolve();
  }));
