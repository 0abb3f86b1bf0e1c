import { newDaemonLedger, newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { Recent } from "../../../../lib/view/client/recent.ts";
import { RecentStatus } from "../../../../lib/view/client/recent_status.ts";
import { shownEvent } from "../../../../lib/view/protocol/frame.ts";
import type { LiveStatus } from "../../../../lib/view/protocol/live_status.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { assertEquals } from "../../../assert.ts";

/** An event with slots 1 and 2 alone: all pixels `base`, but one that is 10 above. */
function someEvent(base: number) {
  const event = new CameraEvent();
  event.mask = 0b110;
  for (const slot of [1, 2]) event.module(slot).fill(base);
  event.module(2)[5] = base + 10;
  return shownEvent(event);
}

Deno.test("an event's modules, mean, largest and total amplitude are followed", () => {
  const recent = new Recent();
  recent.push(someEvent(100), 7);
  recent.push(someEvent(200), 8);
  assertEquals(recent.series("modules", "mean", "largest", "total"), [
    [7, 8],
    [2, 2],
    [100 + 10 / 128, 200 + 10 / 128],
    [110, 210],
    [12_810, 25_610],
  ]);
});

Deno.test("an event without a module leaves a gap", () => {
  const recent = new Recent();
  recent.push(shownEvent(new CameraEvent()), 7);
  assertEquals(recent.series("modules", "mean", "largest", "total"), [[7], [0], [null], [null], [
    null,
  ]]);
});

Deno.test("a pixel and a module's mean are followed, a minute long; what is absent is a gap", () => {
  const recent = new Recent();
  for (let index = 0; index < 700; index++) recent.push(someEvent(index), index);
  const [times = [], values = []] = recent.seriesOf({ pixel: 2 * 64 + 5 });
  assertEquals([times[0], times.length, values[0], values[599]], [100, 600, 110, 709]);
  assertEquals(recent.seriesOf({ slot: 2 })[1]?.[0], 100 + 10 / 64);
  assertEquals(recent.seriesOf({ slot: 3 })[1]?.[0], null);
});

Deno.test("of the series, the last 3000 points are kept", () => {
  const recent = new Recent();
  for (let index = 0; index < 3005; index++) recent.push(someEvent(1), index);
  const [times] = recent.series("modules");
  assertEquals([times[0], times.length], [5, 3000]);
});

function status(changes: Partial<LiveStatus>): LiveStatus {
  return {
    ...{ source: "daemon", origin: "", run: 1n, epoch: 1, paused: false, eventsPerSecond: 10 },
    ...{ ledger: newDaemonLedger(), slots: [], replay: [], badPixels: [] },
    ...changes,
  };
}

Deno.test("losses are told by cause and second, from 0 again when the source was started anew", () => {
  const recent = new RecentStatus();
  ([[0, 0], [6, 1], [6, 3], [1, 0]] as const).forEach(([late, partial], second) => {
    const ledger = newDaemonLedger();
    ledger.readouts.late = late;
    ledger.events.partial = partial;
    recent.push(status({ ledger, eventsPerSecond: second }), second * 2);
  });
  assertEquals(recent.rates(), [[0, 2, 4, 6], [0, 1, 2, 3]]);
  const { labels, columns: [times, ...lines] } = recent.losses();
  assertEquals(times, [2, 4, 6]);
  assertEquals(lines[labels.indexOf("readouts late")], [3, 0, 0.5]);
  assertEquals(lines[labels.indexOf("events partial")], [0.5, 1, 0]);
  assertEquals(labels.some((label) => label.startsWith("recorder")), false);
});

Deno.test("a listener's losses are its own", () => {
  const recent = new RecentStatus();
  for (const second of [1, 2]) recent.push(status({ ledger: newRecorderLedger() }), second);
  assertEquals(recent.losses().labels, ["recorder missed", "recorder unstored"]);
});
