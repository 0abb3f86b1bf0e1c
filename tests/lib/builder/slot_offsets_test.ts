import { offsetText } from "../../../lib/builder/slot_offsets.ts";
import { assert, assertEquals } from "../../assert.ts";
import { range } from "./camera_feed.ts";
import { feedPackets, type Mishaps, packetsOf } from "./observed_camera.ts";

const CALM: Mishaps = {
  ...{ seed: 1, modules: 32, readoutsPerPacket: 10, readouts: 100 },
  ...{ loss: 0, copies: 0, maxDelayMs: 0, phasesMs: 0, resetAt: 0, resetSpread: 0 },
};

/** What is known of the slots when the last packet has come. */
function offsetsOf(mishaps: Mishaps) {
  const { builder, nowMs } = feedPackets(packetsOf(mishaps), {}, 0);
  return {
    off: range(32).filter((slot) => (builder.offsets.unsynchronised(nowMs) >>> slot) & 1),
    offsetMs: (slot: number) => builder.offsets.offsetMs(slot, nowMs) ?? NaN,
    isTwofold: (slot: number) => builder.offsets.isTwofold(slot, nowMs),
  };
}

Deno.test("SlotOffsets takes no slot of a healthy camera for unsynchronised", () => {
  for (const readoutsPerPacket of [1, 10, 50]) {
    for (const [maxDelayMs, phasesMs] of [[0, 0], [50, 90 * readoutsPerPacket], [300, 0]]) {
      const offsets = offsetsOf({
        ...{ ...CALM, readoutsPerPacket, readouts: 400 },
        ...{ loss: 0.02, copies: 0.02, maxDelayMs, phasesMs },
      });
      assertEquals(offsets.off, [], `${readoutsPerPacket} ${maxDelayMs} ${phasesMs}`);
    }
  }
});

for (const aheadMs of [2800, -2800, 86_400_000, -86_400_000]) {
  Deno.test(`SlotOffsets names a slot ${aheadMs} ms ahead, and says how far`, () => {
    const offsets = offsetsOf({ ...CALM, phasesMs: 900, stray: { slot: 7, aheadMs } });
    assertEquals(offsets.off, [7]);
    assert(Math.abs(offsets.offsetMs(7) - aheadMs) < 1000, `${offsets.offsetMs(7)} ms`);
    assert(Math.abs(offsets.offsetMs(8)) < 1000, `${offsets.offsetMs(8)} ms`);
    assertEquals(offsets.isTwofold(7), false);
  });
}

Deno.test("SlotOffsets tells the offset of modules in step to the millisecond", () => {
  const offsets = offsetsOf({ ...CALM, stray: { slot: 7, aheadMs: 2800 } });
  assertEquals([offsets.offsetMs(7), offsets.offsetMs(8)], [2800, 0]);
});

Deno.test("SlotOffsets names a slot in whose name readouts are forged, beside its own", () => {
  const offsets = offsetsOf({ ...CALM, spoof: { slot: 9, aheadMs: 1900, stepMs: 100 } });
  assertEquals(offsets.off, [9]);
  assertEquals(offsets.isTwofold(9), true);
  // The modules send a period after their last readout, the forger at once.
  assertEquals(offsets.offsetMs(9), 1900 + 100);
});

Deno.test("SlotOffsets knows nothing of a slot that is silent, and forgets a stray in 5 s", () => {
  const packets = packetsOf({ ...CALM, modules: 3, stray: { slot: 1, aheadMs: 2000 } });
  const { builder: { offsets }, nowMs } = feedPackets(packets, {}, 0);
  assertEquals([offsets.offsetMs(3, nowMs), offsets.offsetMs(1, nowMs)], [null, 2000]);
  assertEquals(offsets.offsetMs(1, nowMs + 5000), null);
  assertEquals([offsets.unsynchronised(nowMs + 4999), offsets.unsynchronised(nowMs + 5000)], [
    2,
    0,
  ]);
});

Deno.test("an offset is told in words", () => {
  assertEquals(offsetText(2800), "2.8 s ahead of the camera's TACK");
  assertEquals(offsetText(-40), "40 ms behind the camera's TACK");
});
