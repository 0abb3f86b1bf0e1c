import { fileURLToPath } from "node:url";
import configuration from "../../../../deno.json" with { type: "json" };
import { assert, assertEquals } from "../../../assert.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const BUNDLE = "lib/view/server/bundle";

/** Files of a folder, with their contents. */
function contentsOf(folder: string): Record<string, string> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  return Object.fromEntries(
    names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}

Deno.test("the bundle that is served is made of the page's sources of today", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const command = configuration.tasks.page.command.replaceAll(BUNDLE, folder);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "--eval", command],
      cwd: ROOT,
      stderr: "piped",
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const [made, served] = [contentsOf(folder), contentsOf(`${ROOT}/${BUNDLE}`)];
    assertEquals(Object.keys(made), ["main.js", "style.css"]);
    assertEquals(Object.keys(served), Object.keys(made));
    for (const [name, text] of Object.entries(made)) {
      assert(served[name] === text, `${BUNDLE}/${name} is out of date: run deno task page`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
