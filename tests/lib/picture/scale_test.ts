import { automaticScale, placeOf, ticksOf, tickText } from "../../../lib/picture/scale.ts";
import { assert, assertAlmostEquals, assertEquals, assertLess } from "../../assert.ts";
import { fc } from "../../property.ts";

Deno.test("placeOf() is 0 at the low end and 1 at the high end, linear or logarithmic", () => {
  assertEquals([0, 100, 400, 500].map((v) => placeOf(v, { low: 0, high: 400 })), [
    0,
    0.25,
    1,
    1.25,
  ]);
  const log = { low: 1, high: 1000, log: true };
  for (const [value, place] of [[1, 0], [10, 1 / 3], [1000, 1]] as const) {
    assertAlmostEquals(placeOf(value, log), place, 1e-12);
  }
  assertEquals(placeOf(0, log), -Infinity);
  assert(Number.isNaN(placeOf(NaN, log)));
});

Deno.test("ticksOf() gives round values within the scale", () => {
  assertEquals(ticksOf({ low: 0, high: 400 }, 8), [0, 50, 100, 150, 200, 250, 300, 350, 400]);
  assertEquals(ticksOf({ low: 0.1, high: 0.4 }, 3), [0.1, 0.2, 0.3, 0.4]);
  assertEquals(ticksOf({ low: -7, high: 7 }, 3), [-5, 0, 5]);
  assertEquals(ticksOf({ low: 1, high: 100, log: true }), [1, 2, 5, 10, 20, 50, 100]);
});

Deno.test("ticksOf() has few ticks, rising and within, for any scale", () => {
  const ends = fc.tuple(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
  );
  fc.assert(fc.property(ends, ([low, width]) => {
    const high = low + width;
    fc.pre(width > Math.abs(low) * 1e-9);
    const ticks = ticksOf({ low, high });
    assert(ticks.length <= 6, `${ticks}`);
    const slack = width * 1e-6;
    for (const tick of ticks) assert(tick >= low - slack && tick <= high + slack, `${tick}`);
    ticks.reduce((a, b) => (assertLess(a, b), b));
  }));
});

Deno.test("tickText() is short", () => {
  assertEquals([0, 0.25, 150, 2e6, 5e-5].map(tickText), ["0", "0.25", "150", "2e6", "5e-5"]);
});

Deno.test("automaticScale() spans what there is, but for half a per cent at either end", () => {
  const values = Array.from({ length: 2000 }, (_, index) => 10 + index / 10);
  const { low, high } = automaticScale([...values, NaN, 9999, 9999, -9999]);
  assert(low <= 12 && low >= 0, `${low}`);
  assert(high >= 208 && high <= 240, `${high}`);
});

Deno.test("automaticScale() is a scale whatever the values are", () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6 }));
  fc.assert(fc.property(values, fc.boolean(), (values, log) => {
    const { low, high } = automaticScale(values, log);
    assertLess(low, high);
    if (log) assert(low > 0);
    assert(Number.isFinite(low) && Number.isFinite(high));
  }));
});
