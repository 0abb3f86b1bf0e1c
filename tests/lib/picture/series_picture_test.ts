import { Series } from "../../../lib/picture/series.ts";
import { seriesPicture } from "../../../lib/picture/series_picture.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";

/** The part of a picture with a quantity. */
function panelOf(svg: string, quantity: string): string {
  return svg.split('id="').find((part) => part.startsWith(`${quantity}"`)) ?? "";
}

/** Whether a panel has a curve and an area: they have its colour. */
function shownIn(panel: string): [hasCurve: boolean, hasArea: boolean] {
  const colour = "#(?:4a4a4a|1f6fb4|b3401f|2b7d3b)";
  return [
    new RegExp(`<path [^>]*fill="none" stroke="${colour}"`).test(panel),
    new RegExp(`<path [^>]*fill="${colour}"`).test(panel),
  ];
}

Deno.test("a picture of no events has its axes, and no curve", () => {
  const svg = seriesPicture({ bins: [], title: "nothing" });
  assertMatch(svg, /^<svg .*nothing/s);
  assert(!/NaN|Infinity/.test(svg));
  assertEquals(shownIn(panelOf(svg, "mean")), [false, false]);
});

Deno.test("events without a pixel are in the curve of the modules only", () => {
  const series = new Series();
  series.add(0, 0, new Float64Array(2048).fill(NaN));
  series.add(1, 0, new Float64Array(2048).fill(NaN));
  const svg = seriesPicture({ bins: series.bins, title: "dark" });
  assert(!/NaN|Infinity/.test(svg));
  assertEquals(shownIn(panelOf(svg, "modules")), [true, false]);
  assertEquals(shownIn(panelOf(svg, "largest")), [false, false]);
});

Deno.test("an area shows the smallest and the largest value where a bin has several events", () => {
  const series = new Series(2);
  for (const seconds of [0, 1, 2, 3, 4]) {
    series.add(seconds, 0xffffffff, new Float64Array(2048).fill(10 * seconds));
  }
  const svg = seriesPicture({ bins: series.bins, title: "steps" });
  assertEquals(shownIn(panelOf(svg, "mean")), [true, true]);
  assertEquals(shownIn(panelOf(svg, "modules")), [true, false]);
});

Deno.test("one event alone has a place on the axis of time", () => {
  const series = new Series();
  series.add(5, 1, new Float64Array(2048).fill(7));
  const svg = seriesPicture({ bins: series.bins, title: "one" });
  assert(!/NaN|Infinity/.test(svg));
});
