import { sleep } from "../../../lib/time/sleep.ts";
import { assertEquals, assertGreaterOrEqual, assertLess } from "../../assert.ts";

const LONG_MS = 3_600_000;

Deno.test("sleep() lasts its time, with a signal and without", async () => {
  for (const signal of [undefined, new AbortController().signal]) {
    const startMs = performance.now();
    await sleep(20, signal);
    // Timers count whole milliseconds.
    assertGreaterOrEqual(performance.now() - startMs, 19);
  }
});

Deno.test({
  name: "sleep() ends when its signal is aborted, and leaves no timer",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    const startMs = performance.now();
    const controller = new AbortController();
    const sleeping = sleep(LONG_MS, controller.signal);
    controller.abort();
    await sleeping;
    await sleep(LONG_MS, AbortSignal.abort());
    assertLess(performance.now() - startMs, LONG_MS);
  },
});

Deno.test("sleep() that has lasted its time does not listen to its signal any more", async () => {
  const { signal } = new AbortController();
  const listening = new Set<unknown>();
  signal.addEventListener = (_: string, listener: unknown) => void listening.add(listener);
  signal.removeEventListener = (_: string, listener: unknown) => void listening.delete(listener);
  const sleeping = sleep(1, signal);
  assertEquals(listening.size, 1);
  await sleeping;
  assertEquals(listening.size, 0);
});
