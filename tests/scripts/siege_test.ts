import { newDaemonLedger, newRecorderLedger } from "../../lib/ledger/ledger.ts";
import type { Result, Seen, Watched } from "../../scripts/siege/good_camera.ts";
import { problemsOf } from "../../scripts/siege/problems.ts";
import { assertEquals } from "../assert.ts";

const SEEN: Seen = {
  ...{ asked: 400, answered: 400, frames: 500, longestSilenceMs: 300, heard: 100, gaps: 0 },
};

const DAEMON: Omit<Watched, "process"> = {
  ...{ name: "daemon", budgetBytes: 3 * 2 ** 20, peakBytes: 2 ** 20, peakDescriptors: 50 },
};

/** A camera of which nothing was lost. */
function good(): Result {
  const daemon = newDaemonLedger();
  Object.assign(daemon.packets, { received: 900, accepted: 320, malformed: 580 });
  Object.assign(daemon.events, { built: 100, complete: 100, published: 100 });
  const recorder = newRecorderLedger();
  Object.assign(recorder.recorder, { heard: 100, stored: 100 });
  return {
    ...{ sent: { packetsSent: 320, readoutsSent: 3200 }, daemon, recorder },
    ...{ files: [], manifest: "" },
  };
}

const attacks = [{ name: "wrong tokens" as const, tally: { denied: 150 }, failure: undefined }];

Deno.test("a siege of which nothing was lost has no problem", () => {
  assertEquals(problemsOf(good(), SEEN, [DAEMON], attacks, 10_000), []);
});

Deno.test("a siege tells each kind of loss, of memory, of silence and of an attack that did nothing", () => {
  const lost = good();
  lost.daemon.packets.accepted--;
  lost.daemon.events.complete--;
  lost.recorder.recorder.stored--;
  lost.recorder.recorder.missed++;
  const seen = { ...SEEN, answered: 390, longestSilenceMs: 6000, gaps: 1 };
  const large = { ...DAEMON, peakBytes: 4 * 2 ** 20 };
  const ends = [
    { name: "wrong tokens" as const, tally: { denied: 250, GRANTED: 1 }, failure: undefined },
    { name: "unread pages" as const, tally: {}, failure: "exit code 1: no" },
  ];
  assertEquals(problemsOf(lost, seen, [large], ends, 10_000), [
    "packets of the camera were not accepted",
    "99 of 100 events are complete",
    "99 events were stored",
    "the recorder missed 1",
    "a subscriber heard 100 events",
    "390 of 400 requests were answered in time",
    "a page got no frame for 6000 ms",
    "daemon took 4.0 MiB of 3.0 MiB",
    "a wrong token was accepted",
    "250 wrong tokens were answered: there is no brake",
    'the attack "unread pages" failed: exit code 1: no',
    'the attack "unread pages" did nothing',
  ]);
});
