import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertGreater, assertLess } from "../assert.ts";
import { nth } from "../elements.ts";
import { namesIn } from "../lib/recording/fixtures.ts";
import { SEED } from "../property.ts";
import { Dice } from "./dice.ts";
import { nameOf, readCorpus } from "./engine/corpus.ts";
import { Mutator } from "./engine/mutator.ts";
import { CORPUS, TARGETS } from "./targets.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAX_CORPUS_BYTES = 300_000;

/** Changed inputs of each target. The slow ones read files, or talk over connections. */
const CHANGES: Record<string, number> = {
  hdf5: 60,
  http: 100,
  events: 400,
  packets: 400,
  answers: 500,
};
const MOST_CHANGES = 1500;

for (const target of TARGETS) {
  const { name, maxBytes, words = [] } = target;
  Deno.test(`the promises for ${name} hold for its corpus, and for inputs like it`, async () => {
    const corpus = readCorpus(`${ROOT}${CORPUS}/${name}`);
    assertGreater(corpus.length, 3);
    await using open = await target.open();
    for (const input of [...target.seeds(), ...corpus]) {
      assert(input.length <= maxBytes, nameOf(input));
      await open.run(input);
    }
    const dice = new Dice(SEED);
    const mutator = new Mutator({
      ...{ dice, maxBytes },
      words: words.map((word) => new TextEncoder().encode(word)),
    });
    for (let left = CHANGES[name] ?? MOST_CHANGES; left > 0; left--) {
      const input = mutator.mutated(nth(corpus, dice.below(corpus.length)), corpus);
      try {
        await open.run(input);
      } catch (error) {
        const path = `${Deno.makeTempDirSync()}/${nameOf(input)}`;
        Deno.writeFileSync(path, input);
        throw new Error(`repeat: deno task fuzz --target ${name} --replay ${path}`, {
          cause: error,
        });
      }
    }
  });
}

Deno.test("the corpus is small, and each file has the name of its content", () => {
  assertEquals(namesIn(ROOT + CORPUS), TARGETS.map(({ name }) => name).toSorted());
  let bytes = 0;
  for (const { name } of TARGETS) {
    const folder = `${ROOT}${CORPUS}/${name}`;
    const corpus = readCorpus(folder);
    assertEquals(namesIn(folder), corpus.map(nameOf).toSorted());
    bytes += corpus.reduce((sum, { length }) => sum + length, 0);
  }
  assertLess(bytes, MAX_CORPUS_BYTES);
});
