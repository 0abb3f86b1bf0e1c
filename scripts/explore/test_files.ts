import { globSync } from "node:fs";

/** What random tests import: it holds the seed. */
const SEED_MODULE = /from "(\.\.?\/)+property\.ts"/;

/** They want a whole machine, or an executable. */
const APART = /^tests\/(alone|binary)\//;

/** The test files, relative to a folder, whose tests draw what they try from the seed; sorted. */
export function randomTestFiles(root: string): string[] {
  return globSync("tests/**/*_test.ts", { cwd: root })
    .filter((file) =>
      !APART.test(file) && SEED_MODULE.test(Deno.readTextFileSync(`${root}/${file}`))
    )
    .sort();
}
