/**
 * A copy of the project in which the files that guide the search count their branches.
 *
 * @module
 */

// @ts-types="./istanbul.d.ts"
import { createInstrumenter } from "istanbul-lib-instrument";
import { stripTypeScriptTypes } from "node:module";
import { dirname } from "node:path";
import { ensureDirSync, walkSync } from "../../../scripts/fs.ts";
import { COVERAGE_VARIABLE } from "./coverage.ts";
import { wordsIn } from "./words_in.ts";

/** What targets import, and no more. */
const FOLDERS = ["lib", "cli", "sim", "tests", "scripts"];
const FILES = ["deno.json", "deno.lock", "mod.ts"];
const UNUSED = /^tests\/(?:fuzz\/corpus|binary|interop|alone)\/|\.d\.ts$/;

/**
 * Copies the project.
 *
 * @param root of the project, with a slash at its end
 * @param folder for the copy
 * @param sources paths from the root, or their beginnings, of the files to instrument
 * @returns the constants in these files
 */
export function makeInstrumentedTree(
  root: string,
  folder: string,
  sources: readonly string[],
): Uint8Array[] {
  const instrumenter = createInstrumenter({
    coverageVariable: COVERAGE_VARIABLE,
    esModules: true,
    compact: false,
    parserPlugins: ["importAttributes", "explicitResourceManagement"],
  });
  const texts: string[] = [];
  for (const path of [...FILES, ...FOLDERS.flatMap((name) => filesIn(root, name))]) {
    const copy = `${folder}/${path}`;
    ensureDirSync(dirname(copy));
    if (!path.endsWith(".ts") || !sources.some((source) => path.startsWith(source))) {
      Deno.copyFileSync(root + path, copy);
      continue;
    }
    const text = Deno.readTextFileSync(root + path);
    texts.push(text);
    Deno.writeTextFileSync(copy, instrumenter.instrumentSync(stripTypeScriptTypes(text), path));
  }
  return wordsIn(texts.join("\n"));
}

function filesIn(root: string, folder: string): string[] {
  return Array.from(walkSync(root + folder, { includeDirs: false }))
    .map(({ path }) => path.slice(root.length))
    .filter((path) => !UNUSED.test(path));
}
