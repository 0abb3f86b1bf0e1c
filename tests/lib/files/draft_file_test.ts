import { clearDrafts, DraftFile } from "../../../lib/files/draft_file.ts";
import { assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { only } from "../../elements.ts";
import { stageLogTo } from "../../log_lines.ts";
import { replaced } from "../../replaced.ts";
import { inFolder, namesIn } from "../recording/fixtures.ts";

/** Writes a draft of a file, and gives it its name. */
function publish(path: string, text: string, replace: boolean): void {
  const draft = new DraftFile(path);
  try {
    draft.file.writeSync(new TextEncoder().encode(text));
    draft.publish(replace);
    draft.file.close();
  } catch (error) {
    draft.discard();
    throw error;
  }
}

/** As on a memory card: what no file system here can be brought to. */
function withoutHardLinks(): Disposable {
  return replaced(Deno, "linkSync", () => {
    throw new Deno.errors.PermissionDenied("Operation not permitted (os error 1)");
  });
}

for (const hasHardLinks of [true, false]) {
  const where = hasHardLinks ? "" : " where there are no hard links";
  Deno.test(`a draft gets its name when it is complete, and takes no other file's${where}`, () =>
    inFolder((folder) => {
      using _without = hasHardLinks ? undefined : withoutHardLinks();
      const path = `${folder}/a.txt`;
      publish(path, "whole", false);
      assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["a.txt"], "whole"]);
      assertThrows(() => publish(path, "other", false), Deno.errors.AlreadyExists);
      assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["a.txt"], "whole"]);
      publish(path, "new", true);
      assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["a.txt"], "new"]);
      return Promise.resolve();
    }));
}

Deno.test("where there are no hard links, a draft that cannot get its name leaves no empty file", () =>
  inFolder((folder) => {
    using _without = withoutHardLinks();
    const path = `${folder}/a.txt`;
    {
      using _failing = replaced(Deno, "renameSync", () => {
        throw new Error("Input/output error (os error 5)");
      });
      assertThrows(() => publish(path, "whole", false), Error, "Input/output error");
    }
    assertEquals(namesIn(folder), []);
    publish(path, "whole", false);
    assertEquals(namesIn(folder), ["a.txt"]);
    return Promise.resolve();
  }));

Deno.test("of a file only one draft at a time is made", () =>
  inFolder((folder) => {
    const path = `${folder}/a.txt`;
    const draft = new DraftFile(path);
    const error = assertThrows(() => new DraftFile(path), Deno.errors.AlreadyExists);
    assertMatch(error.message, /\.a\.txt\.new is being written/);
    draft.discard();
    assertEquals(namesIn(folder), []);
    publish(path, "whole", false);
    return Promise.resolve();
  }));

Deno.test("drafts in a folder that cannot be looked into are told of, and nothing else happens", () =>
  inFolder((folder) => {
    const said: string[] = [];
    clearDrafts(`${folder}/gone`, () => true, stageLogTo(said));
    assertMatch(only(said), /drafts in .*\/gone: .*no such file/i);
    return Promise.resolve();
  }));
