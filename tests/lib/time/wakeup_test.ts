import { Wakeup } from "../../../lib/time/wakeup.ts";
import { assertEquals } from "../../assert.ts";
import { replaced } from "../../replaced.ts";

/** Whether a sleep ends before it would by itself. */
function ends(sleep: Promise<void>): Promise<boolean> {
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), 60_000);
  return Promise.race([sleep.then(() => true), timeout.promise]).finally(() => clearTimeout(timer));
}

Deno.test("Wakeup sleeps for its time, and no longer than until it is woken", async () => {
  const wakeup = new Wakeup();
  await wakeup.sleep(1);
  const sleep = wakeup.sleep(120_000);
  wakeup.wake();
  assertEquals(await ends(sleep), true);
});

Deno.test("a wake while Wakeup falls asleep is not lost", async () => {
  const wakeup = new Wakeup();
  const { setTimeout } = globalThis;
  let sleep: Promise<void>;
  {
    // Under deno test the first timer of a process has been seen to run microtasks first.
    using _timeout = replaced(
      globalThis,
      "setTimeout",
      ((...args: Parameters<typeof setTimeout>) => {
        wakeup.wake();
        return setTimeout(...args);
      }) as typeof setTimeout,
    );
    sleep = wakeup.sleep(120_000);
  }
  assertEquals(await ends(sleep), true);
});
