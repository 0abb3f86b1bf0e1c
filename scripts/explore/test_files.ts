import { globSync } from "node:fs";

/** The file that all random tests import: it has the seed. */
const SEED_MODULE = /from "(\.\.?\/)+property\.ts"/;

/** These tests need a whole machine, or an executable. */
const APART = /^tests\/(alone|binary)\//;

/** The files of all random tests, relative to a folder; sorted. */
export function randomTestFiles(root: string): string[] {
  return globSync("tests/**/*_test.ts", { cwd: root })
    .filter((file) =>
      !APART.test(file) && SEED_MODULE.test(Deno.readTextFileSync(`${root}/${file}`))
    )
    .sort();
}
