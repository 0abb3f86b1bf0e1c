import { summarizeEvent } from "../../../lib/statistics/event_summary.ts";
import { CameraEvent } from "../../../lib/wire/event.ts";
import { assertEquals } from "../../assert.ts";
import { makeEvent } from "../make_event.ts";

Deno.test("an event without a voltage has none in its summary, which JSON could not hold", () => {
  const { modules, complete, minMillivolts, meanMillivolts, maxMillivolts } = summarizeEvent(
    new CameraEvent(),
  );
  assertEquals([modules, complete], [0, false]);
  assertEquals([minMillivolts, meanMillivolts, maxMillivolts], [null, null, null]);
});

Deno.test("the summary of an event has its smallest, mean and largest voltage", () => {
  const event = makeEvent(1024, 7);
  const { modules, number, minMillivolts, meanMillivolts, maxMillivolts } = summarizeEvent(event);
  assertEquals([modules, number], [32, 1024n]);
  assertEquals([minMillivolts, meanMillivolts, maxMillivolts], [1, 1024.5, 2048]);
});
