/**
 * Writes the generated parts of the pages in `docs/`: every option, every counter, every module of the
 * library. The other text stays.
 *
 * `deno task docs`
 *
 * @module
 */

import { Terminal } from "../cli/terminal/terminal.ts";
import { GENERATED_PAGES, updatedPage } from "./docs/pages.ts";

const terminal = new Terminal();

for (const path of GENERATED_PAGES) {
  const file = new URL(`../${path}`, import.meta.url);
  const before = Deno.readTextFileSync(file);
  const after = await updatedPage(path, before);
  if (after !== before) Deno.writeTextFileSync(file, after);
  terminal.print(`${path}: ${after === before ? "is up to date" : "written"}`);
}
