import { UnheardTime } from "../../../../cli/commands/run/unheard_time.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("UnheardTime is 0 for a daemon that listens at its first start", () => {
  const unheard = new UnheardTime(1000);
  assertEquals([unheard.totalMs(1500), unheard.listen(2000), unheard.totalMs(9000)], [0, 0, 0]);
});

Deno.test("UnheardTime counts from a daemon's end, over failed starts, until one listens", () => {
  const unheard = new UnheardTime(0);
  unheard.listen(100);
  unheard.cease(5000);
  unheard.cease(6000);
  assertEquals(unheard.totalMs(6500), 1500);
  assertEquals(unheard.listen(7000), 2000);
  unheard.cease(10_000);
  assertEquals([unheard.listen(10_250), unheard.totalMs(20_000)], [250, 2250]);
});

Deno.test("UnheardTime counts from the beginning when the first start fails", () => {
  const unheard = new UnheardTime(1000);
  unheard.cease(1500);
  assertEquals(unheard.listen(4000), 3000);
});
