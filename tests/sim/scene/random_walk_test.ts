import { adcToMillivolts } from "../../../lib/wire/packet.ts";
import {
  RandomWalk,
  stepOf,
  TOP_START_COUNT,
  TOP_STEP_COUNTS,
} from "../../../sim/scene/random_walk.ts";
import { assert, assertEquals, assertGreater, assertLess, assertNotEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const slots = fc.nat(31);

/** A signal that stands at this count in all pixels. */
function signalAt(count: number, slot = 0): RandomWalk {
  const signal = new RandomWalk(1, slot);
  signal.words.fill(count ^ 0x8000);
  return signal;
}

/** The signal of the next readout in counts of 0.0763 mV. */
function countsOf(signal: RandomWalk): number[] {
  return Array.from(signal.words, (word) => word ^ 0x8000);
}

Deno.test("a count more than the signal's bounds would be above 400 mV, and 4 mV", () => {
  assertEquals([TOP_START_COUNT, TOP_STEP_COUNTS], [5242, 52]);
  for (const [count, millivolts] of [[TOP_START_COUNT, 400], [TOP_STEP_COUNTS, 4]] as const) {
    assert(adcToMillivolts(0x8000 + count) <= millivolts);
    assertGreater(adcToMillivolts(0x8000 + count + 1), millivolts);
  }
});

Deno.test("RandomWalk starts within 0..400 mV and moves by at most 4 mV a readout", () => {
  fc.assert(fc.property(seeds, slots, (seed, slot) => {
    const signal = new RandomWalk(seed, slot);
    assert(signal.words.every((word) => adcToMillivolts(word) < 400));
    for (let readout = 0; readout < 100; readout++) {
      const before = countsOf(signal);
      signal.step();
      countsOf(signal).forEach((count, line) => {
        assert(count >= 0);
        assert(Math.abs(count - nth(before, line)) <= 52);
      });
    }
  }));
});

Deno.test("RandomWalk is the same for the same seed and slot, and for no other", () => {
  fc.assert(fc.property(seeds, slots, seeds, slots, (seed, slot, otherSeed, otherSlot) => {
    const [one, same] = [new RandomWalk(seed, slot), new RandomWalk(seed, slot)];
    for (let readout = 0; readout < 5; readout++) {
      assertEquals(one.words, same.words);
      one.step();
      same.step();
    }
    fc.pre(seed !== otherSeed || slot !== otherSlot);
    assertNotEquals(
      new RandomWalk(seed, slot).words,
      new RandomWalk(otherSeed, otherSlot).words,
    );
  }));
});

Deno.test("RandomWalk starts and steps uniformly", () => {
  const starts: number[] = [];
  const steps: number[] = [];
  for (let slot = 0; slot < 32; slot++) {
    const signal = new RandomWalk(1, slot);
    starts.push(...countsOf(signal));
    const moved = signalAt(13_000, slot);
    moved.step();
    steps.push(...countsOf(moved).map((count) => count - 13_000));
  }
  // 2048 numbers in 7 bins of 293 each, give or take five standard deviations (16).
  for (const [values, low, high] of [[starts, 0, 5243], [steps, -52, 53]] as const) {
    const bins = new Array<number>(7).fill(0);
    for (const value of values) {
      const bin = Math.floor((value - low) / (high - low) * 7);
      bins[bin] = nth(bins, bin) + 1;
    }
    assert(bins.every((count) => Math.abs(count - 293) < 80), bins.join(" "));
  }
});

Deno.test("a signal's step is each of -52..+52 counts alike, and 0 on the mean exactly", () => {
  const times = new Map<number, number>();
  let sum = 0;
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const step = stepOf(bits);
    sum += step;
    times.set(step, (times.get(step) ?? 0) + 1);
  }
  assertEquals(sum, 0);
  assertEquals([...times.keys()], Array.from({ length: 105 }, (_, i) => i - 52));
  assert([...times.values()].every((count) => count === 624 || count === 625));
});

Deno.test("RandomWalk has no drift, and its pixels move independently", () => {
  const READOUTS = 100;
  const PIXELS = 32 * 64;
  let sum = 0;
  let squares = 0;
  let neighbours = 0;
  for (let slot = 0; slot < 32; slot++) {
    const signal = signalAt(13_000, slot);
    for (let readout = 0; readout < READOUTS; readout++) signal.step();
    const moved = countsOf(signal).map((count) => count - 13_000);
    sum += moved.reduce((a, b) => a + b);
    squares += moved.reduce((a, b) => a + b * b, 0);
    neighbours += moved.reduce((a, b, i) => a + b * nth(moved, (i + 1) % 64), 0);
  }
  // A uniform step of -52..+52 has the variance (105^2 - 1) / 12.
  const variance = READOUTS * (105 ** 2 - 1) / 12;
  const deviation = Math.sqrt(variance / PIXELS);
  assertLess(Math.abs(sum / PIXELS), 5 * deviation);
  assertLess(Math.abs(squares / PIXELS / variance - 1), 5 * Math.sqrt(2 / PIXELS));
  assertLess(Math.abs(neighbours / PIXELS / variance), 5 / Math.sqrt(PIXELS));
});

Deno.test("RandomWalk is clipped at 0 mV", () => {
  const signal = signalAt(0);
  signal.step();
  assertGreater(signal.words.filter((word) => word === 0x8000).length, 16);
  assert(signal.words.every((word) => adcToMillivolts(word) <= 4));
});

Deno.test("RandomWalk is clipped at the ADC's top, 5000.3 mV", () => {
  const signal = signalAt(0xffff);
  signal.step();
  assertGreater(signal.words.filter((word) => word === 0x7fff).length, 16);
  assert(signal.words.every((word) => adcToMillivolts(word) > 4996));
});
