import { itemAt } from "../../lib/item_at.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { keepsPromise } from "./promise.ts";

/** Keeps a promise of 10 ms in tries that take so long; how many there were. */
async function triesOf(...tookMs: number[]): Promise<number> {
  let tries = 0;
  await keepsPromise("a test is done", 10, (nth) => {
    tries = nth;
    return Promise.resolve(itemAt(tookMs, nth - 1));
  });
  return tries;
}

Deno.test("keepsPromise() tries until it is kept, three times at most", async () => {
  assertEquals(await triesOf(9.4, 1), 1);
  assertEquals(await triesOf(50, 9), 2);
  assertEquals(await triesOf(50, 10, 0), 3);
  await assertRejects(() => triesOf(50, 10, 11, 1), Error, "50, 10, 11");
});
