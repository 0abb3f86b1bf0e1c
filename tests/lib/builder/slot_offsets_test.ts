import { offsetText } from "../../../lib/builder/slot_offsets.ts";
import { assert, assertEquals } from "../../assert.ts";
import { CameraFeed, range, START_NS } from "./camera_feed.ts";
import { feedPackets, type Mishaps, NO_MISHAPS, packetsOf } from "./observed_camera.ts";

const CALM: Mishaps = { ...NO_MISHAPS, readouts: 100 };

/** What is known of the slots when the last packet has come. */
function offsetsOf(mishaps: Mishaps) {
  const { builder, nowMs } = feedPackets(packetsOf(mishaps), {}, 0);
  return {
    off: range(32).filter((slot) => (builder.offsets.unsynchronised(nowMs) >>> slot) & 1),
    offsetMs: (slot: number) => builder.offsets.offsetMs(slot, nowMs) ?? NaN,
    hasTwoSenders: (slot: number) => builder.offsets.hasTwoSenders(slot, nowMs),
  };
}

Deno.test("SlotOffsets takes no slot of a healthy camera for unsynchronised", () => {
  for (const readoutsPerPacket of [1, 10, 50]) {
    for (
      const [maxDelayMs, phasesMs] of [[0, 0], [50, 90 * readoutsPerPacket], [300, 0]] as const
    ) {
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
    assertEquals(offsets.hasTwoSenders(7), false);
  });
}

Deno.test("SlotOffsets tells the offset of modules in step to the millisecond", () => {
  const offsets = offsetsOf({ ...CALM, stray: { slot: 7, aheadMs: 2800 } });
  assertEquals([offsets.offsetMs(7), offsets.offsetMs(8)], [2800, 0]);
});

Deno.test("SlotOffsets names a slot in whose name readouts are forged, beside its own", () => {
  const offsets = offsetsOf({ ...CALM, spoof: { slot: 9, aheadMs: 1900, stepMs: 100 } });
  assertEquals(offsets.off, [9]);
  assertEquals(offsets.hasTwoSenders(9), true);
  // The modules send a period after their last readout, the forger at once.
  assertEquals(offsets.offsetMs(9), 1900 + 100);
});

Deno.test("SlotOffsets knows nothing of a slot that is absent, and forgets a stray in 5 s", () => {
  const packets = packetsOf({ ...CALM, modules: 3, stray: { slot: 1, aheadMs: 2000 } });
  const { builder: { offsets }, nowMs } = feedPackets(packets, {}, 0);
  assertEquals([offsets.offsetMs(3, nowMs), offsets.offsetMs(1, nowMs)], [null, 2000]);
  assertEquals(offsets.offsetMs(1, nowMs + 5000), null);
  assertEquals([offsets.unsynchronised(nowMs + 4999), offsets.unsynchronised(nowMs + 5000)], [
    2,
    0,
  ]);
});

/** Sends a packet of every slot, one period after the other; gives each slot that was ever named. */
function named(
  { modules, periodMs, readoutsPerPacket, packets, arrivalMs, tackMs = (_, ms) => ms }: {
    modules: number;
    periodMs: number;
    readoutsPerPacket: number;
    packets: number;
    /** When a packet arrives whose last readout is taken at this time. */
    arrivalMs: (takenMs: number) => number;
    /** TACK of a readout of this slot that is taken at this time. */
    tackMs?: (slot: number, takenMs: number) => number;
  },
) {
  const feed = new CameraFeed();
  feed.isBatched = true;
  const { builder: { offsets } } = feed;
  const startMs = feed.nowMs;
  const told = new Map<number, number>();
  for (let packet = 0; packet < packets; packet++) {
    const taken = range(readoutsPerPacket).map((index) =>
      (packet * readoutsPerPacket + index) * periodMs
    );
    const waitMs = startMs + arrivalMs(Math.max(...taken)) - feed.nowMs;
    if (waitMs > 0) feed.pass(waitMs);
    for (const slot of range(modules)) {
      feed.packet(slot, taken.map((ms) => START_NS + BigInt(tackMs(slot, ms)) * 1_000_000n));
      for (const other of range(32)) {
        if ((offsets.unsynchronised(feed.nowMs) >>> other) & 1) {
          told.set(other, offsets.offsetMs(other, feed.nowMs) ?? NaN);
        }
      }
    }
  }
  return told;
}

const atOnce = (takenMs: number) => takenMs;

Deno.test("SlotOffsets names no slot of a slow camera that is in step", () => {
  for (const periodMs of [1000, 2000, 4000]) {
    for (const readoutsPerPacket of [1, 10]) {
      const camera = { modules: 32, periodMs, readoutsPerPacket, packets: 15, arrivalMs: atOnce };
      assertEquals([...named(camera)], [], `${periodMs} ms, ${readoutsPerPacket} a packet`);
    }
  }
});

Deno.test("SlotOffsets names no slot when packets of seconds are taken at once", () => {
  const stopped = (ms: number) => ms > 3000 && ms < 7000 ? 7000 : ms;
  for (const [modules, readoutsPerPacket] of [[32, 1], [32, 10], [1, 1], [2, 10]] as const) {
    const camera = { modules, periodMs: 100, readoutsPerPacket, packets: 120 / readoutsPerPacket };
    assertEquals([...named({ ...camera, arrivalMs: stopped })], [], `${modules} modules`);
  }
});

Deno.test("SlotOffsets names no slot of a slow camera when several of its packets are taken at once", () => {
  const stopped = (ms: number) => ms > 10_000 && ms < 24_000 ? 24_000 : ms;
  const camera = { modules: 32, periodMs: 2000, readoutsPerPacket: 1, packets: 20 };
  assertEquals([...named({ ...camera, arrivalMs: stopped })], []);
});

Deno.test("SlotOffsets names no slot of a simulated camera faster than the clock", () => {
  for (const modules of [2, 32]) {
    const camera = { modules, periodMs: 100, readoutsPerPacket: 10, packets: 100 };
    const arrivalMs = (takenMs: number) => Math.floor(takenMs / 100 / 50) * 50;
    assertEquals([...named({ ...camera, arrivalMs })], [], `${modules} modules`);
  }
});

Deno.test("SlotOffsets names no lone module for a readout that was forged in its name", () => {
  const tackMs = (_: number, ms: number) => ms === 3000 ? 4050 : ms;
  const camera = { modules: 1, periodMs: 100, readoutsPerPacket: 1, packets: 100 };
  assertEquals([...named({ ...camera, arrivalMs: atOnce, tackMs })], []);
});

Deno.test("SlotOffsets names of modules that all disagree only those that the camera does not follow", () => {
  const tackMs = (slot: number, ms: number) => ms + slot * 3000;
  const camera = { modules: 3, periodMs: 100, readoutsPerPacket: 1, packets: 100 };
  assertEquals([...named({ ...camera, arrivalMs: atOnce, tackMs })].sort(), [[0, -3000], [
    2,
    3000,
  ]]);
});

Deno.test("SlotOffsets names a slot of a slow camera that is far off its packets' spacing", () => {
  const tackMs = (slot: number, ms: number) => slot === 3 ? ms - 8000 : ms;
  const camera = { modules: 8, periodMs: 2000, readoutsPerPacket: 1, packets: 20 };
  assertEquals([...named({ ...camera, arrivalMs: atOnce, tackMs })], [[3, -8000]]);
});

Deno.test("an offset is told in words", () => {
  assertEquals(offsetText(2800), "2.8 s ahead of the camera's TACK");
  assertEquals(offsetText(-40), "40 ms behind the camera's TACK");
});
