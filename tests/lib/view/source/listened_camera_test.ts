import { newRecorderLedger } from "../../../../lib/ledger/ledger.ts";
import { ListenedCamera } from "../../../../lib/view/source/listened_camera.ts";
import { assertEquals } from "../../../assert.ts";
import { first } from "../../../elements.ts";
import { makeEvents } from "../../recording/fixtures.ts";

Deno.test("a camera that is listened to has its modules' times and what they miss", () => {
  const options = { origin: "x", ledger: newRecorderLedger(), badPixels: [5] };
  using camera = new ListenedCamera({ ...options, replayBytes: 2 * 16952 });
  for (const [index, event] of makeEvents(1, 3, 9n).entries()) camera.push(event, 100 * index);
  assertEquals([camera.lastSeenMs[0], camera.lastSeenMs[5], camera.lastSeenMs[31]], [
    200,
    -Infinity,
    -Infinity,
  ]);
  const { source, run, slots, replay, badPixels } = camera.status(1000);
  assertEquals([source, run, badPixels], ["listener", 9n, [5]]);
  assertEquals(slots.map(({ missing }) => missing).filter((missing) => missing > 0), [3, 3]);
  assertEquals(slots[7], {
    slot: 7,
    perSecond: first(slots).perSecond,
    missing: 0,
    late: null,
    duplicate: null,
  });
  assertEquals(replay, [{ run: 9n, epoch: 0, from: 2n, to: 3n }]);
});
