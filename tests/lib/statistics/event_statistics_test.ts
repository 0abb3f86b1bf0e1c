import { EventStatistics } from "../../../lib/statistics/event_statistics.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { makeEvent } from "../make_event.ts";

/** When makeEvent() has its packets received, ms. */
const RECEIVED_MS = 1_790_000_000_000;

Deno.test("EventStatistics counts events, whole ones, and ones with a voltage missing", () => {
  const statistics = new EventStatistics();
  const partial = makeEvent(2);
  partial.flags = 2;
  partial.mask = 0b10;
  partial.module(0).fill(NaN);
  const holed = makeEvent(3);
  holed.module(31)[63] = NaN;
  const partialHoled = makeEvent(4);
  partialHoled.mask = 0b10;
  partialHoled.module(1)[5] = NaN;
  for (const event of [makeEvent(1), partial, holed, partialHoled]) {
    statistics.add(event, RECEIVED_MS + 3);
  }
  const { events, complete, withHoles } = statistics.summary();
  assertEquals([events, complete, withHoles], [4, 3, 2]);
});

Deno.test("EventStatistics tells the delay since an event's first packet", () => {
  const statistics = new EventStatistics();
  assertEquals(statistics.summary().delayMs, { p50: null, p99: null, max: null });
  for (let number = 1; number <= 100; number++) {
    statistics.add(makeEvent(number), RECEIVED_MS + number);
  }
  const { p50, p99, max } = statistics.summary().delayMs;
  assertAlmostEquals(p50 ?? 0, 50, 1);
  assertAlmostEquals(p99 ?? 0, 99, 1.5);
  assertAlmostEquals(max ?? 0, 100, 0.01);
});
