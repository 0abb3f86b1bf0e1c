import { systemClock, yieldToEventLoop } from "../../sim/clock.ts";
import { assertEquals, assertGreaterOrEqual, assertLess } from "../assert.ts";

const HOUR_MS = 3_600_000;

Deno.test("systemClock.sleep() takes no less than it was asked for, fractions included", async () => {
  for (const sleepMs of [0.3, 1.7, 5]) {
    const startMs = systemClock.nowMs();
    await systemClock.sleep(sleepMs);
    // Timers count whole milliseconds of a coarser clock, and may be that much early.
    assertGreaterOrEqual(systemClock.nowMs() - startMs, sleepMs - 1);
  }
});

Deno.test({
  name: "systemClock.sleep() ends when the signal aborts, and leaves no timer",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    const abort = new AbortController();
    const startMs = systemClock.nowMs();
    const slept = systemClock.sleep(HOUR_MS, abort.signal);
    abort.abort();
    await slept;
    await systemClock.sleep(HOUR_MS, abort.signal);
    assertLess(systemClock.nowMs() - startMs, HOUR_MS);
  },
});

Deno.test("systemClock.sleep() does not return at once from what no timer holds", async () => {
  const abort = new AbortController();
  const ended: string[] = [];
  const slept = systemClock.sleep(Infinity, abort.signal).then(() => ended.push("Infinity"));
  await systemClock.sleep(2).then(() => ended.push("2 ms"));
  abort.abort();
  await slept;
  assertEquals(ended, ["2 ms", "Infinity"]);
});

Deno.test("yieldToEventLoop() lets timers run", async () => {
  const state = { timerRan: false };
  setTimeout(() => state.timerRan = true, 0);
  while (!state.timerRan) await yieldToEventLoop();
});
