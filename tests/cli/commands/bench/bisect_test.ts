import { searchHighestRate } from "../../../../cli/commands/bench/bisect.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { fc } from "../../../property.ts";

const LIMITS = { from: 1000, to: 1_000_000, tolerance: 0.05 };

Deno.test("searchHighestRate() finds the limit within the tolerance, wherever it is", async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 100, max: 900_000 }), async (limit) => {
    const attempt = (rate: number) => Promise.resolve({ rate, lossFree: rate <= limit });
    const best = await searchHighestRate(LIMITS, attempt);
    assert(best !== undefined && best.rate <= limit && best.rate >= limit * 0.94, `${best?.rate}`);
  }));
});

Deno.test("searchHighestRate() ends when a rate is not reached, with the best one that was", async () => {
  let attempts = 0;
  const attempt = (rate: number) => {
    attempts++;
    return Promise.resolve({ rate: Math.min(rate, 30_000), lossFree: true });
  };
  const best = await searchHighestRate(LIMITS, attempt);
  assertEquals(best?.rate, 30_000);
  assert(attempts < 15);
});

Deno.test("searchHighestRate() gives up when something is lost at any rate", async () => {
  const attempt = (rate: number) => Promise.resolve({ rate, lossFree: false });
  assertEquals(await searchHighestRate(LIMITS, attempt), undefined);
});
