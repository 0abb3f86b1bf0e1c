import { screenLines, type Shown } from "../../../../cli/commands/top/screen.ts";
import { sparkline } from "../../../../cli/commands/top/sparkline.ts";
import { newDaemonLedger } from "../../../../lib/ledger/ledger.ts";
import { Recent } from "../../../../lib/view/client/recent.ts";
import { RecentStatus } from "../../../../lib/view/client/recent_status.ts";
import { shownEvent } from "../../../../lib/view/protocol/frame.ts";
import { CameraEvent } from "../../../../lib/wire/event.ts";
import { assert, assertEquals, assertLessOrEqual, assertMatch } from "../../../assert.ts";
import { first, nth } from "../../../elements.ts";
import { fc } from "../../../property.ts";

const CONTROL_CODES = new RegExp(String.raw`${"\x1b"}\[[\d;]*m`, "g");

/** A camera of which module 7 has been silent for 12 s, and module 31 was never heard. */
function shown(changes: Partial<Shown> = {}): Shown {
  const seconds = new Float32Array(32).fill(0.5);
  [seconds[7], seconds[31]] = [12.3, Infinity];
  const event = new CameraEvent();
  event.number = 41n;
  event.run = 5n;
  event.mask = 0x7fffff7f;
  for (let slot = 0; slot < 31; slot++) if (slot !== 7) event.module(slot).fill(200);
  event.module(30).fill(400);
  const recent = new Recent();
  const recentStatus = new RecentStatus();
  const ledger = newDaemonLedger();
  const status = {
    ...{
      source: "daemon" as const,
      origin: "",
      run: 5n,
      epoch: 1,
      paused: false,
      eventsPerSecond: 10,
    },
    ...{ replay: [], badPixels: [], ledger },
    slots: Array.from({ length: 32 }, (_, slot) => (
      { slot, perSecond: 10 + slot / 10, missing: 0, late: 0, duplicate: 0 }
    )),
  };
  for (let second = 1; second <= 3; second++) {
    recent.push(shownEvent(event), second);
    const counted = newDaemonLedger();
    counted.readouts.late = 4 * second;
    recentStatus.push({ ...status, ledger: counted }, second);
  }
  return {
    watched: {
      ...{ connected: true, heardMs: 0, ages: { silentAfterSeconds: 1.7, seconds }, status },
      event: shownEvent(event),
    },
    ...{ origin: "http://here", now: new Date(2026, 10, 27, 1, 2, 3), recent, recentStatus },
    ...{ scale: { low: 0, high: 400 }, paused: false, help: false, colour: false },
    ...changes,
  };
}

Deno.test("the screen has state, event, six lines of modules, image, trends, losses and ledger", () => {
  const lines = screenLines(shown(), { columns: 100, rows: 40 });
  assertEquals(lines.slice(0, 8), [
    "! module 7 silent since 01:01:50; http://here",
    "run 5   event 41   30 modules   10.0 events/s   TACK 0 ns",
    "               0 10.0/s    1 10.1/s    2 10.2/s    3 10.3/s",
    "   4 10.4/s    5 10.5/s    6 10.6/s    7 !12s      8 10.8/s    9 10.9/s",
    "  10 11.0/s   11 11.1/s   12 11.2/s   13 11.3/s   14 11.4/s   15 11.5/s",
    "  16 11.6/s   17 11.7/s   18 11.8/s   19 11.9/s   20 12.0/s   21 12.1/s",
    "  22 12.2/s   23 12.3/s   24 12.4/s   25 12.5/s   26 12.6/s   27 12.7/s",
    "              28 12.8/s   29 12.9/s   30 13.0/s   31 -",
  ]);
  assertMatch(nth(lines, 8), /^ {4}\+{16} {6}0 to 400 mV$/);
  const all = lines.join("\n");
  // From left to right: slots 30, 25, 19, 13, 7 and 2; below them 31, which was never heard.
  assertMatch(all, /^@{4}\+{12}\?{4}\+{4}/m);
  assertMatch(all, /^\?{4}\+{20}/m);
  assertMatch(all, /modules {2,}▁▁▁ {8}30$/m);
  assertMatch(all, /mean mV {2,}▁▁▁ {5}206\.7$/m);
  assertMatch(all, /losses\/s {2,}▁▁ {7}4\.0$/m);
  assertMatch(all, /readouts late 4\.0\/s$/m);
  assertMatch(all, /^packets {2}received 0 {2}accepted 0/m);
});

Deno.test("the keys take the ledger's place while they are asked for", () => {
  const all = screenLines(shown({ help: true }), { columns: 100, rows: 40 }).join("\n");
  assertMatch(all, /^q quit/m);
  assertEquals(all.includes("received"), false);
});

Deno.test("the display that stands still says so, and so does a source that is gone", () => {
  const size = { columns: 100, rows: 40 };
  assertMatch(first(screenLines(shown({ paused: true }), size)), /\(display paused\)/);
  const { watched } = shown();
  const gone = shown({ watched: { ...watched, connected: false } });
  assertMatch(first(screenLines(gone, size)), /^! disconnected/);
});

Deno.test("whatever a terminal's size, there are no more lines and columns than it has", () => {
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 250 }),
    rows: fc.integer({ min: 1, max: 90 }),
  });
  fc.assert(
    fc.property(size, fc.boolean(), fc.boolean(), ({ columns, rows }, colour, help) => {
      const lines = screenLines(shown({ colour, help }), { columns, rows });
      assertLessOrEqual(lines.length, rows);
      for (const line of lines) {
        assertLessOrEqual(line.replaceAll(CONTROL_CODES, "").length, columns);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("a large terminal shows every pixel, in colour", () => {
  const lines = screenLines(shown({ colour: true }), { columns: 120, rows: 50 });
  const image = lines.map((line) => line.replaceAll(CONTROL_CODES, ""));
  assert(image.some((line) => line.startsWith("▀".repeat(32))), image.join("\n"));
});

Deno.test("sparkline() goes from the least to the largest value, and leaves gaps", () => {
  assertEquals(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
  assertEquals(sparkline([9, 9, 0, null, 7], 3), "▁ █");
  assertEquals(sparkline([5], 3), "  ▁");
  assertEquals([sparkline([], 2), sparkline([1], 0)], ["  ", ""]);
});
