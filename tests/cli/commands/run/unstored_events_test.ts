import { UnstoredEvents } from "../../../../cli/commands/run/unstored_events.ts";
import { newRecorderLedger, type RecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { assertEquals } from "../../../assert.ts";

/** What a recorder printed at its end. */
function summary(counters: Partial<RecorderLedger["recorder"]>) {
  const { recorder } = newRecorderLedger();
  return { summary: { ledger: { recorder: { ...recorder, ...counters } } }, wasReady: true };
}

Deno.test("what each life of a recorder heard and did not store adds up", () => {
  const events = new UnstoredEvents();
  events.add(summary({ heard: 500, stored: 100, unstored: 400 }));
  events.add(summary({ heard: 95, unstored: 95 }));
  events.add(summary({ heard: 1, unstored: 1 }));
  assertEquals(events.atLeast, 496);
});

Deno.test("what a later life fetched and stored is not missing", () => {
  const events = new UnstoredEvents();
  events.add(summary({ heard: 500, stored: 100, unstored: 400 }));
  events.add(summary({ heard: 10, filled: 400, stored: 410 }));
  assertEquals(events.atLeast, 0);
});

Deno.test("what is fetched again and not stored again is counted once", () => {
  const events = new UnstoredEvents();
  events.add(summary({ heard: 400, unstored: 400 }));
  events.add(summary({ filled: 400, unstored: 400 }));
  assertEquals(events.atLeast, 400);
});

Deno.test("a life that says nothing may have stored all, unless it never came to that", () => {
  const events = new UnstoredEvents();
  events.add(summary({ heard: 400, unstored: 400 }));
  events.add({ summary: undefined, wasReady: false });
  assertEquals(events.atLeast, 400);
  events.add({ summary: undefined, wasReady: true });
  assertEquals(events.atLeast, 0);
  events.add(summary({ heard: 5, duplicate: 2, unstored: 3 }));
  assertEquals(events.atLeast, 3);
});
