import { fileURLToPath } from "node:url";
import configuration from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { only } from "../elements.ts";
import { readCorpus } from "../fuzz/engine/corpus.ts";
import { fuzz } from "../fuzz/engine/fuzz.ts";
import type { FuzzTarget } from "../fuzz/engine/fuzz_target.ts";
import { wordsIn } from "../fuzz/engine/words_in.ts";
import { target as hang } from "../fuzz/targets/hang_target.ts";
import { toy } from "../fuzz/targets/toy.ts";
import { target as toyTarget } from "../fuzz/targets/toy_target.ts";
import { inFolder } from "../lib/recording/fixtures.ts";
import { SEED } from "../property.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Searches until the first finding. */
async function search(target: FuzzTarget, folder: string, silentMs = 20_000) {
  const found = new AbortController();
  const findings: { path: string; error: string }[] = [];
  const result = await fuzz({
    ...{ root: ROOT, target, module: `tests/fuzz/targets/${target.name}_target.ts` },
    ...{ durationMs: 180_000, seed: SEED, silentMs, signal: found.signal },
    corpusFolder: `${folder}/corpus`,
    newCorpusFolder: `${folder}/new`,
    findingsFolder: `${folder}/findings`,
    onProgress: () => {},
    onFinding(path, error) {
      findings.push({ path, error });
      found.abort();
    },
  });
  return { result, finding: only(findings) };
}

Deno.test("the search finds a defect behind conditions that random bytes never meet", () =>
  inFolder(async (folder) => {
    const { result, finding } = await search(toyTarget, folder);
    assertMatch(finding.error, /the defect of the toy/);
    const input = Deno.readFileSync(finding.path);
    let message = "";
    try {
      toy(input);
    } catch (error) {
      message = String(error);
    }
    assertEquals(message, "Error: the defect of the toy");
    assertEquals(result.findings, 1);
    assert(result.reachedBranches > 10, `${result.reachedBranches}`);
    // What it has learned is kept: one input for each condition, about.
    assert(readCorpus(`${folder}/new`).length >= 4);
  }));

Deno.test("the search finds an input that never ends, and ends its process", () =>
  inFolder(async (folder) => {
    const { finding } = await search(hang, folder, 3000);
    assertEquals(finding.error, "it did not end within 3000 ms");
    assertEquals(Deno.readFileSync(finding.path)[0], 0xa5);
  }));

Deno.test("the search puts the constants of the code into inputs", () => {
  const words = wordsIn('const A = 0x1234; // 0x5678\nconst b = ["SSD1", "./x.ts"];');
  const texts = words.map((word) => word.toHex());
  for (const wanted of ["1234", "3412", "00001234", "53534431"]) assert(texts.includes(wanted));
  assert(!texts.includes("5678"));
});

/** What `deno task fuzz` printed, and its code. */
async function task(...args: string[]): Promise<[code: number, out: string, err: string]> {
  const words = configuration.tasks.fuzz.command.split(" ").slice(1);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return [code, decoder.decode(stdout), decoder.decode(stderr)];
}

Deno.test("deno task fuzz searches with one target, and tells what it has done as JSON", async () => {
  const [code, out, err] = await task("--target", "texts", "--minutes", "0.02", "--json");
  assertEquals(code, 0, out + err);
  const [{ target, runs, corpusFiles, findings }, ...others] = JSON.parse(out);
  assertEquals(others, []);
  assertEquals([target, findings], ["texts", 0]);
  assert(runs > 0 && corpusFiles > 0, out);
});

Deno.test("deno task fuzz gives one input to a target again", () =>
  inFolder(async (folder) => {
    const path = `${folder}/input`;
    Deno.writeFileSync(path, Uint8Array.of(0, 49, 115));
    const [code, out] = await task("--target", "texts", "--replay", path);
    assertEquals([code, out], [0, `texts: all promises are kept for ${path}\n`]);
    const [wrong, , err] = await task("--replay", path);
    assertEquals(wrong, 1);
    assertMatch(err, /give the target of the file with --target/);
  }));
