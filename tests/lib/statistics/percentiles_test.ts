import { DurationHistogram } from "../../../lib/statistics/percentiles.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";

Deno.test("DurationHistogram gives percentiles within its bins' width", () => {
  const histogram = new DurationHistogram();
  for (let index = 1; index <= 10_000; index++) histogram.add(index / 100);
  assertEquals(histogram.count, 10_000);
  assertEquals(histogram.maxMs, 100);
  for (const part of [0.01, 0.5, 0.9, 0.99]) {
    const expected = part * 100;
    assertAlmostEquals(histogram.percentileMs(part) ?? NaN, expected, expected * 0.012);
  }
  assertEquals(histogram.percentileMs(1), 100);
});

Deno.test("DurationHistogram has no percentile of nothing, and takes any duration", () => {
  const histogram = new DurationHistogram();
  assertEquals(histogram.percentileMs(0.5), null);
  for (const durationMs of [-1, 0, 1e-9, 1e9]) histogram.add(durationMs);
  assertEquals(histogram.count, 4);
  assertEquals(histogram.maxMs, 1e9);
});
