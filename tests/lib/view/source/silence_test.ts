import { SilenceWatch } from "../../../../lib/view/source/silence.ts";
import { assertAlmostEquals, assertEquals, assertLess } from "../../../assert.ts";
import { nth } from "../../../elements.ts";

/** Looks every 25 ms while packets of all slots come every `stepMs`, but for those that are dead. */
function watchUntil(
  endMs: number,
  stepMs: number,
  deadFromMs: Partial<Record<number, number>> = {},
) {
  const watch = new SilenceWatch();
  const seenMs = new Float64Array(32).fill(-Infinity);
  let ages = watch.look(seenMs, 0);
  for (let ms = 25; ms <= endMs; ms += 25) {
    if (ms % stepMs === 0) {
      seenMs.forEach((_, slot) => {
        if (ms < (deadFromMs[slot] ?? Infinity)) seenMs[slot] = ms;
      });
    }
    ages = watch.look(seenMs, ms);
  }
  return ages;
}

Deno.test("who has never been heard has an infinite age", () => {
  const { seconds, silentAfterSeconds } = watchUntil(5000, 1e9);
  assertEquals([...seconds], new Array(32).fill(Infinity));
  assertEquals(silentAfterSeconds, 1.5);
});

Deno.test("with a packet a second, silence is told within two seconds of the last one", () => {
  const { seconds, silentAfterSeconds } = watchUntil(20_000, 1000, { 7: 18_025 });
  assertAlmostEquals(nth(seconds, 7), 2, 1e-6);
  assertAlmostEquals(nth(seconds, 8), 0, 1e-6);
  assertLess(silentAfterSeconds, 1.6);
});

Deno.test("with packets that are further apart, silence is what is longer than usual", () => {
  assertAlmostEquals(watchUntil(60_000, 5000).silentAfterSeconds, 7.5, 1e-6);
});

Deno.test("a module that was away for long does not change what is usual", () => {
  const watch = new SilenceWatch();
  const seenMs = new Float64Array(32).fill(-Infinity);
  for (let ms = 1000; ms <= 30_000; ms += 1000) {
    seenMs.fill(ms, 0, 31);
    if (ms === 1000 || ms === 30_000) seenMs[31] = ms;
    watch.look(seenMs, ms);
  }
  assertAlmostEquals(watch.look(seenMs, 30_001).silentAfterSeconds, 1.5, 1e-6);
});
