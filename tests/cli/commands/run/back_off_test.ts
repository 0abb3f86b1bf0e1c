import {
  BackOff,
  DAEMON_BACK_OFF,
  RECORDER_BACK_OFF,
} from "../../../../cli/commands/run/back_off.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("BackOff waits from 1 s to 30 s for a recorder, and from 1 s again after a steady minute", () => {
  const backOff = new BackOff(RECORDER_BACK_OFF);
  const delays = [0, 10, 59_999, 0, 0, 0, 0].map((livedMs) => backOff.delayMs(livedMs));
  assertEquals(delays, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assertEquals([60_000, 0].map((livedMs) => backOff.delayMs(livedMs)), [1000, 2000]);
});

Deno.test("BackOff has a daemon back within a moment at first, and within 5 s at most", () => {
  const backOff = new BackOff(DAEMON_BACK_OFF);
  const delays = Array.from({ length: 8 }, () => backOff.delayMs(0));
  assertEquals(delays, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});
