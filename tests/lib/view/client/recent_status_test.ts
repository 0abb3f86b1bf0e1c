import { newDaemonLedger } from "../../../../lib/ledger/ledger.ts";
import { RecentStatus } from "../../../../lib/view/client/recent_status.ts";
import type { LiveStatus } from "../../../../lib/view/protocol/live_status.ts";
import { assertEquals } from "../../../assert.ts";
import { last, nth } from "../../../elements.ts";

/** A status in which so many readouts were late, or that counts nothing. */
function status(late: number | undefined, eventsPerSecond = 10): LiveStatus {
  const { readouts, ...others } = newDaemonLedger();
  const ledger = late === undefined ? {} : { ...others, readouts: { ...readouts, late } };
  return {
    ...{ source: "daemon", origin: "udp://127.0.0.1:2009", run: 1n, epoch: 1, paused: false },
    ...{ eventsPerSecond, ledger, slots: [], replay: [], badPixels: [] },
  };
}

Deno.test("the last ten minutes are kept, and no more", () => {
  const recent = new RecentStatus();
  for (let second = 0; second < 700; second++) recent.push(status(0, second), second);
  const [seconds, rates] = recent.rates();
  assertEquals([seconds?.length, seconds?.[0], rates?.at(-1)], [600, 100, 699]);
});

Deno.test("losses are per second, from 0 after a restart, and unknown where nothing is counted", () => {
  const recent = new RecentStatus();
  const lates = [undefined, 5, 9, 3];
  lates.forEach((late, index) => recent.push(status(late), 2 * index));
  const { labels, columns } = recent.losses();
  assertEquals(labels.length, columns.length - 1);
  const late = columns.slice(1).find((column) => last(column) === 1.5);
  assertEquals(late, [null, 2, 1.5]);
  assertEquals(nth(columns, 0), [2, 4, 6]);
});

Deno.test("a source that counts nothing has no losses to show", () => {
  const recent = new RecentStatus();
  recent.push(status(undefined), 0);
  assertEquals(recent.losses(), { labels: [], columns: [[]] });
});
