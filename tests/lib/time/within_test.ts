import { within } from "../../../lib/time/within.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

const LONG_MS = 3_600_000;

Deno.test({
  name: "within() is true for what is done in time, and leaves no timer",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    assertEquals(await within(LONG_MS, Promise.resolve(undefined)), true);
  },
});

Deno.test("within() is false when the time is up, whatever comes later", async () => {
  const late = Promise.withResolvers<void>();
  assertEquals(await within(1, late.promise), false);
  // Were this rejection nobody's, the test would fail.
  late.reject(new Error("too late"));
  await Promise.resolve();
});

Deno.test("within() throws what rejects in time", async () => {
  await assertRejects(() => within(LONG_MS, Promise.reject(new Error("no"))), Error, "no");
});
