import { BackOff } from "../../../cli/run/back_off.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("BackOff waits from 1 s to 30 s, and from 1 s again after a steady minute", () => {
  const backOff = new BackOff();
  const delays = [0, 10, 59_999, 0, 0, 0, 0].map((livedMs) => backOff.delayMs(livedMs));
  assertEquals(delays, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assertEquals([60_000, 0].map((livedMs) => backOff.delayMs(livedMs)), [1000, 2000]);
});
