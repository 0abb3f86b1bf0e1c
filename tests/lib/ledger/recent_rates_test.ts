import { LOOK_MS, RecentRates } from "../../../lib/ledger/recent_rates.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "../../assert.ts";
import { only } from "../../elements.ts";

/** What a counter's rate is said to be, every 110 ms, when it is looked at as usual. */
function* ratesOf(counter: (ms: number) => number, fromMs: number, toMs: number) {
  const rates = new RecentRates();
  for (let ms = 0; ms <= toMs; ms += 10) {
    if (ms % LOOK_MS === 0) rates.look(ms, Float64Array.of(counter(ms)));
    if (ms < fromMs || ms % 110 !== 0) continue;
    yield { ms, rate: only(rates.perSecond(ms, Float64Array.of(counter(ms)))) };
  }
}

/** Rises by `size` each `stepMs`, up to a moment. */
const bursts = (size: number, stepMs: number, endMs = Infinity) => (ms: number) =>
  size * Math.floor(Math.min(ms, endMs) / stepMs);

Deno.test("what rises by ten each second is said to rise by ten a second at any moment", () => {
  // The look at which a rise is seen is up to 250 ms late, of at least 3 s.
  for (const { rate } of ratesOf(bursts(10, 1000), 5000, 20_000)) assertAlmostEquals(rate, 10, 1);
  for (const { rate } of ratesOf(bursts(10, 1030), 5000, 60_000)) {
    assertAlmostEquals(rate, 10 / 1.03, 1);
  }
});

Deno.test("an even flow is told as it is", () => {
  for (const { rate } of ratesOf(bursts(1, 10), 5000, 9000)) assertAlmostEquals(rate, 100, 1e-9);
});

Deno.test("the first burst makes no rate too high", () => {
  for (const { rate } of ratesOf(bursts(10, 1000), 1500, 5000)) assertLess(rate, 11);
});

Deno.test("what comes once in three seconds has a rate too", () => {
  for (const { rate } of ratesOf(bursts(1, 3000), 10_000, 30_000)) {
    assert(rate > 0.19 && rate < 0.4, `${rate}`);
  }
});

Deno.test("what stands still is said to be slower after two steps, and to stand after five seconds", () => {
  for (const { ms, rate } of ratesOf(bursts(10, 1000, 10_000), 10_000, 20_000)) {
    if (ms > 12_500) assertLess(rate, 8);
    if (ms > 15_000) assertEquals(rate, 0);
    if (ms < 14_500) assertGreater(rate, 0);
  }
});

Deno.test("there is no rate before the first look, and none of no time", () => {
  const rates = new RecentRates();
  assertEquals([...rates.perSecond(5, Float64Array.of(7, 8))], [0, 0]);
  rates.look(5, Float64Array.of(7, 8));
  assertEquals([...rates.perSecond(5, Float64Array.of(9, 8))], [0, 0]);
});
