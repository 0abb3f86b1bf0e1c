import { ReadoutTimes } from "../../sim/readout_times.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { fc } from "../property.ts";

Deno.test("ReadoutTimes rounds each time to the nearest nanosecond", () => {
  const thirds = new ReadoutTimes(3);
  assertEquals([0, 1, 2, 3].map((index) => thirds.offsetNs(index)), [
    0n,
    333_333_333n,
    666_666_667n,
    1_000_000_000n,
  ]);
  assertEquals(new ReadoutTimes(10).offsetNs(1), 100_000_000n);
  assertEquals(new ReadoutTimes(0.5).offsetNs(3), 6_000_000_000n);
  assertEquals(new ReadoutTimes(1e9).offsetNs(5), 5n);
});

Deno.test("ReadoutTimes is exact for any readout at any rate", () => {
  const indices = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  // Rates in eighths, which a double holds exactly.
  const eighths = fc.integer({ min: 1, max: 8_000_000 });
  fc.assert(fc.property(indices, eighths, (index, rate) => {
    const offsetNs = new ReadoutTimes(rate / 8).offsetNs(index);
    // | offset - index x 8e9 / rate | <= 1/2, multiplied by twice the rate.
    const off = 2n * (offsetNs * BigInt(rate) - BigInt(index) * 8_000_000_000n);
    assert(off <= BigInt(rate) && -off <= BigInt(rate));
  }));
});

Deno.test("ReadoutTimes takes any rate above 0", () => {
  for (const rate of [5e-324, 1e-9, 1 / 3, 99.9, 1e9]) {
    const times = new ReadoutTimes(rate);
    assertEquals(times.offsetNs(0), 0n);
    assert(times.offsetNs(2) > times.offsetNs(1));
  }
});

Deno.test("ReadoutTimes counts the period of the last readout in", () => {
  assertEquals(new ReadoutTimes(10).durationMs(10), 1000);
  assertAlmostEquals(new ReadoutTimes(7.3).durationMs(73), 10_000, 1e-9);
});
