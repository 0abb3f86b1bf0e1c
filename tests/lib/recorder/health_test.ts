import { newRecorderLedger } from "../../../lib/ledger/ledger.ts";
import { type JudgedStatus, RecorderHealth } from "../../../lib/recorder/health.ts";
import { assertEquals } from "../../assert.ts";

const MIB = 2 ** 20;

/** A recorder that does its job. */
const WELL: JudgedStatus = {
  ...{ connections: 1, ledger: newRecorderLedger(), eventsPerSecond: 10 },
  ...{ lastStoredSeconds: 0.1, lagSeconds: 1, diskFreeBytes: 1e12 },
  file: { path: "a.h5", rows: 100_000, bytes: 400 * MIB },
};

/** What is wrong with a recorder that has looked every 200 ms since 0. */
function problemsOf(status: Partial<JudgedStatus>, nowMs = 1000): string[] {
  const { connections } = { ...WELL, ...status };
  using health = new RecorderHealth(() => connections, 0);
  for (let ms = 200; ms < nowMs; ms += 200) health.look(ms);
  return health.problems({ ...WELL, ...status }, nowMs);
}

Deno.test("a recorder that writes, hears and has room is well", () => {
  assertEquals(problemsOf({}), []);
  const { lastStoredSeconds, lagSeconds, file } = {
    lastStoredSeconds: null,
    lagSeconds: null,
    file: null,
  };
  assertEquals(problemsOf({ lastStoredSeconds, lagSeconds, file, eventsPerSecond: 0 }), []);
});

Deno.test("a recorder is not well when its disk has little room, or fills within ten minutes", () => {
  assertEquals(problemsOf({ diskFreeBytes: 255 * MIB }), ["disk: 255.0 MiB free"]);
  assertEquals(problemsOf({ diskFreeBytes: null }), ["disk: the folder does not exist"]);
  // 4 KiB an event: 1 GiB is enough for 7 hours at 10 events/s, for 4 minutes at 1000.
  const file = { path: "a.h5", rows: 100_000, bytes: 100_000 * 4096 };
  const room = { diskFreeBytes: 1024 * MIB, file };
  assertEquals(problemsOf(room), []);
  assertEquals(problemsOf({ ...room, eventsPerSecond: 1000 }), [
    "disk: 1.0 GiB free, enough for 4.4 min at this rate",
  ]);
  // The size of a file that has just begun says nothing of its events.
  const begun = { path: "a.h5", rows: 10, bytes: 10 * MIB };
  assertEquals(problemsOf({ ...room, file: begun, eventsPerSecond: 1000 }), []);
});

Deno.test("a recorder is not well when writing has failed", () => {
  const ledger = newRecorderLedger();
  ledger.recorder.unstored = 3;
  assertEquals(problemsOf({ ledger }), [
    "writer: 3 events are in no file, because writing failed",
  ]);
});

Deno.test("a recorder is not well when it lags, or its clock differs, as long as events come", () => {
  assertEquals(problemsOf({ lagSeconds: 30 }), []);
  assertEquals(problemsOf({ lagSeconds: 45 }), [
    "lag: events are stored 45 s after they were received",
  ]);
  assertEquals(problemsOf({ lagSeconds: 45, lastStoredSeconds: 11 }), []);
  assertEquals(problemsOf({ lagSeconds: -60 }), [
    "clock: events arrive 60 s before their receive time; this clock and the daemon's differ",
  ]);
});

Deno.test("a recorder is not well while it has had no daemon for ten seconds", () => {
  assertEquals(problemsOf({ connections: 0 }, 9999), []);
  assertEquals(problemsOf({ connections: 0 }, 12_000), [
    "connection: no daemon for 12 s; the recorder waits for one",
  ]);
  let connections = 0;
  using health = new RecorderHealth(() => connections, 0);
  health.look(9000);
  connections = 1;
  health.look(9200);
  connections = 0;
  assertEquals(health.problems(WELL, 19_100).some((line) => line.startsWith("connection")), false);
});

Deno.test("a recorder is not well for half a minute after its main loop stood still", () => {
  using health = new RecorderHealth(() => 1, 0);
  health.look(2900);
  assertEquals(health.problems(WELL, 2900), []);
  health.look(7000);
  const still = "disk: writing stopped for 4 s; is it too slow?";
  assertEquals(health.problems(WELL, 7100), [still]);
  for (let ms = 7200; ms <= 37_000; ms += 200) health.look(ms);
  assertEquals(health.problems(WELL, 37_000), [still]);
  assertEquals(health.problems(WELL, 37_200), []);
});
