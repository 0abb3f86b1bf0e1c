import { Patience } from "../../../lib/daemon/patience.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("Patience has deadlines pass with the clock while the loop runs", () => {
  const patience = new Patience();
  for (const nowMs of [5000, 5100, 5350, 5351]) {
    assertEquals(patience.deadlineMs(nowMs, true), nowMs);
    assertEquals(patience.isCatchingUp, false);
  }
});

Deno.test("Patience keeps deadlines back after a standstill, until no packet waits", () => {
  const patience = new Patience();
  patience.deadlineMs(1000, false);
  assertEquals(patience.deadlineMs(4000, false), 1000);
  assertEquals(patience.deadlineMs(4050, false), 1000);
  assertEquals(patience.deadlineMs(4100, true), 1000);
  assertEquals(patience.isCatchingUp, true);
  assertEquals(patience.deadlineMs(4110, false), 4110);
  assertEquals(patience.isCatchingUp, false);
});

Deno.test("Patience ends after a second, also when packets wait all the time", () => {
  const patience = new Patience();
  patience.deadlineMs(1000, true);
  assertEquals(patience.deadlineMs(4000, true), 1000);
  for (let nowMs = 4200; nowMs < 5000; nowMs += 200) patience.deadlineMs(nowMs, true);
  assertEquals(patience.deadlineMs(4999, true), 1000);
  assertEquals(patience.deadlineMs(5000, true), 5000);
});

Deno.test("Patience of a loop that is slow all the time does not keep deadlines back for ever", () => {
  const patience = new Patience();
  let passed = 0;
  for (let nowMs = 0; nowMs <= 30_000; nowMs += 300) passed = patience.deadlineMs(nowMs, true);
  assertEquals(passed > 28_000, true);
});
