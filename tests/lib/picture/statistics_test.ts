import { PixelStatistics } from "../../../lib/picture/pixel_statistics.ts";
import { Series } from "../../../lib/picture/series.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { first, last, nth } from "../../elements.ts";
import { fc } from "../../property.ts";

/** A camera image in which all pixels but those of slot 1 show a value. */
function image(value: number): Float64Array {
  return new Float64Array(2048).fill(value).fill(NaN, 64, 128);
}

Deno.test("PixelStatistics has mean and rms of each pixel, of the events that have it", () => {
  const statistics = new PixelStatistics();
  for (const value of [1, 2, 6]) statistics.add(image(value));
  const { means, rms, events } = statistics;
  assertEquals([events, means[0]], [3, 3]);
  assertAlmostEquals(first(rms), Math.sqrt((4 + 1 + 9) / 3), 1e-12);
  assert(Number.isNaN(means[64]) && Number.isNaN(rms[64]));
  assertEquals(means[128], 3);
});

Deno.test("PixelStatistics keeps its digits where the scatter is small against the mean", () => {
  const statistics = new PixelStatistics();
  for (let event = 0; event < 1000; event++) statistics.add(image(1e9 + event % 2));
  assertAlmostEquals(first(statistics.rms), 0.5, 1e-6);
});

Deno.test("Series has a bin an event while there is room, with the event's quantities", () => {
  const series = new Series(8);
  series.add(0, 0b1, image(5));
  series.add(0.1, 0b11, Float64Array.of(3, NaN, 10));
  series.add(0.2, 0, new Float64Array(2048).fill(NaN));
  assertEquals(first(series.bins).ranges.total.sum, 5 * 1984);
  const second = nth(series.bins, 1);
  assertEquals([second.fromSeconds, second.toSeconds, second.events], [0.1, 0.1, 1]);
  const { modules, mean, largest, total } = second.ranges;
  assertEquals([modules.min, mean.max, largest.sum, total.sum], [2, 6.5, 10, 13]);
  const empty = nth(series.bins, 2);
  assertEquals([empty.ranges.modules.sum, empty.ranges.mean.count], [0, 0]);
});

Deno.test("Series stays bounded, and loses no event and no extreme, however long it is", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300 }),
    fc.integer({ min: 1, max: 8 }).map((half) => 2 * half),
    (values, maxBins) => {
      const series = new Series(maxBins);
      values.forEach((value, index) => series.add(index, 0b1, [value]));
      const { bins } = series;
      assert(bins.length <= maxBins);
      assertEquals(bins.reduce((sum, { events }) => sum + events, 0), values.length);
      const largest = bins.map(({ ranges }) => ranges.largest);
      assertEquals(Math.max(...largest.map(({ max }) => max)), Math.max(...values));
      assertEquals(Math.min(...largest.map(({ min }) => min)), Math.min(...values));
      assertEquals(largest.reduce((all, { sum }) => all + sum, 0), values.reduce((a, b) => a + b));
      // Bins follow each other without a gap.
      bins.slice(1).forEach((bin, index) =>
        assertEquals(bin.fromSeconds, nth(bins, index).toSeconds + 1)
      );
      assertEquals([first(bins).fromSeconds, last(bins).toSeconds], [0, values.length - 1]);
    },
  ));
});
