import fc from "fast-check";
import { adcToMillivolts, millivoltsToAdc } from "../../lib/packet.ts";
import { ModuleSignal } from "../../sim/signal.ts";
import { assert, assertEquals, assertGreater, assertNotEquals } from "../assert.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const slots = fc.nat(31);

/** ADC words of the next readout. */
function read(signal: ModuleSignal): Uint16Array {
  const words = new Uint16Array(64);
  signal.readInto(words);
  return words;
}

Deno.test("ModuleSignal starts within 0..400 mV and moves by at most 4 mV a readout", () => {
  fc.assert(fc.property(seeds, slots, (seed, slot) => {
    const signal = new ModuleSignal(seed, slot);
    assert(signal.millivolts.every((millivolts) => millivolts >= 0 && millivolts < 400));
    for (let readout = 0; readout < 100; readout++) {
      const before = signal.millivolts.slice();
      read(signal);
      signal.millivolts.forEach((millivolts, line) => {
        assert(millivolts >= 0);
        assert(Math.abs(millivolts - before[line]) <= 4);
      });
    }
  }));
});

Deno.test("ModuleSignal gives the signal as it was before the step, as ADC words", () => {
  const signal = new ModuleSignal(1, 0);
  for (let readout = 0; readout < 10; readout++) {
    const before = Array.from(signal.millivolts, millivoltsToAdc);
    assertEquals([...read(signal)], before);
    assertNotEquals([...read(signal)], before);
  }
});

Deno.test("ModuleSignal is the same for the same seed and slot, and for no other", () => {
  fc.assert(fc.property(seeds, slots, seeds, slots, (seed, slot, otherSeed, otherSlot) => {
    const [one, same] = [new ModuleSignal(seed, slot), new ModuleSignal(seed, slot)];
    for (let readout = 0; readout < 5; readout++) assertEquals(read(one), read(same));
    fc.pre(seed !== otherSeed || slot !== otherSlot);
    assertNotEquals(
      read(new ModuleSignal(seed, slot)),
      read(new ModuleSignal(otherSeed, otherSlot)),
    );
  }));
});

Deno.test("ModuleSignal starts and steps uniformly", () => {
  const starts: number[] = [];
  const steps: number[] = [];
  for (let slot = 0; slot < 32; slot++) {
    const signal = new ModuleSignal(1, slot);
    starts.push(...signal.millivolts);
    const before = signal.millivolts.fill(1000).slice();
    read(signal);
    steps.push(...signal.millivolts.map((millivolts, line) => millivolts - before[line]));
  }
  // 2048 numbers in 8 bins of 256 each, give or take five standard deviations (15).
  for (const [values, low, high] of [[starts, 0, 400], [steps, -4, 4]] as const) {
    const bins = new Array<number>(8).fill(0);
    for (const value of values) bins[Math.floor((value - low) / (high - low) * 8)]++;
    assert(bins.every((count) => Math.abs(count - 256) < 75), bins.join(" "));
  }
});

Deno.test("ModuleSignal is clipped at 0 mV", () => {
  const signal = new ModuleSignal(1, 0);
  signal.millivolts.fill(0);
  read(signal);
  const atZero = signal.millivolts.filter((millivolts) => millivolts === 0).length;
  assertGreater(atZero, 16);
  assert(signal.millivolts.every((millivolts) => millivolts >= 0));
});

Deno.test("ModuleSignal is clipped at the ADC's top, 5000.3 mV", () => {
  const signal = new ModuleSignal(1, 0);
  const top = adcToMillivolts(0x7fff);
  signal.millivolts.fill(top);
  for (let readout = 0; readout < 100; readout++) {
    assert(read(signal).every((word) => adcToMillivolts(word) > 4500));
    assert(signal.millivolts.every((millivolts) => millivolts <= top));
  }
});
