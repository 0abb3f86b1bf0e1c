import { EventFlag } from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";
import { CameraFeed, PERIOD_NS, range, START_NS } from "./camera_feed.ts";
import {
  assertInOrder,
  assertPlaced,
  feedPackets,
  type Mishaps,
  NO_MISHAPS,
  packetsOf,
} from "./observed_camera.ts";

const at = (index: number, startNs = START_NS) => startNs + BigInt(index) * PERIOD_NS;
const DAY_NS = 86_400_000_000_000n;
/** Where TACK goes on: far below, far ahead, and so near that it soon comes where it has been. */
const RESETS_NS = [5n, START_NS + DAY_NS, START_NS - 9_037_000_000n];

const CALM: Mishaps = { ...NO_MISHAPS, readouts: 60 };

for (const resetAt of range(10)) {
  Deno.test(`Builder loses nothing when TACK is reset before readout ${resetAt} of a packet`, () => {
    const packets = packetsOf({ ...CALM, resetNs: 5n, resetAt: 20 + resetAt });
    const feed = feedPackets(packets);
    assertPlaced(feed, packets, range(32));
    assertInOrder(feed, 1);
    assertEquals(feed.events.length, 60);
    assert(feed.events.every(({ flags }) => flags & EventFlag.complete));
    assertEquals(nth(feed.events, 20 + resetAt).flags, EventFlag.complete | EventFlag.reset);
    assertEquals(feed.ledger.readouts.late, 0);
  });
}

// A lone module must send its next packet before what is held of the first counts as late.
for (const [modules, minRate] of [[1, 2.5], [32, 0.05]] as const) {
  Deno.test(`Builder loses nothing of a reset inside a packet of ${modules} modules at any rate`, () => {
    const cases = fc.tuple(fc.double({ min: minRate, max: 250, noNaN: true }), fc.nat(9));
    const property = fc.property(cases, ([rate, resetAt]) => {
      const periodNs = 1e9 / rate;
      const feed = new CameraFeed({ windowNs: Math.min(10_000_000, periodNs / 4) });
      for (const packet of range(4)) {
        feed.pass(10_000 / rate);
        const tacks = range(10).map((step) => {
          const index = packet * 10 + step;
          const startNs = index < 10 + resetAt ? START_NS : 5n;
          return startNs + BigInt(Math.round(index * periodNs));
        });
        for (const slot of range(modules)) feed.packet(slot, tacks);
      }
      feed.pass(10_000);
      assertEquals(feed.ledger.readouts.placed, 40 * modules);
      assertEquals(feed.events.length, 40);
      assertInOrder(feed, 1);
    });
    fc.assert(property, { numRuns: 40 });
  });
}

Deno.test("Builder places a packet that was overtaken by those of a TACK reset", () => {
  const feed = new CameraFeed();
  const second = (index: number, startNs: bigint) =>
    range(10).map((step) => at(index * 10 + step, startNs));
  for (const slot of range(32)) feed.packet(slot, second(0, START_NS));
  feed.pass(1000);
  for (const slot of range(32)) if (slot !== 5) feed.packet(slot, second(1, START_NS));
  feed.pass(1000);
  for (const slot of range(10)) feed.packet(slot, second(2, 5n));
  feed.packet(5, second(1, START_NS));
  for (const slot of range(32).slice(10)) feed.packet(slot, second(2, 5n));
  feed.pass(1000);
  for (const slot of range(32)) feed.packet(slot, second(3, 5n));
  feed.pass(2000);
  assertEquals(feed.ledger.readouts, { decoded: 1280, placed: 1280, late: 0, duplicate: 0 });
  assertEquals(feed.events.length, 40);
  assert(feed.events.every(({ flags }) => flags & EventFlag.complete));
  assertInOrder(feed, 1);
});

Deno.test("Builder waits a deadline after a TACK reset for what was overtaken, and no longer", () => {
  const feed = new CameraFeed();
  feed.moment(range(32), at(0));
  feed.pass(100);
  feed.moment(range(32), 5n);
  feed.pass(1899);
  assertEquals(feed.events.length, 1);
  feed.pass(1);
  assertEquals(feed.events.map(({ timestampNs }) => timestampNs), [at(0), 5n]);
});

Deno.test("Builder ends the old time 5 s after a reset, whoever has not followed", () => {
  const feed = new CameraFeed();
  const seconds = 10;
  for (const index of range(seconds * 10)) {
    const startNs = (slot: number) => index === 0 || slot === 3 ? START_NS : 5n;
    for (const slot of range(32)) feed.packet(slot, [at(index, startNs(slot))]);
    feed.pass(100);
  }
  feed.pass(10_000);
  const { placed, late } = feed.builder.slots;
  assertEquals(range(32).filter((slot) => nth(late, slot) > 0), [3]);
  assertEquals(placed[0], seconds * 10);
  assert(nth(placed, 3) >= 50, `${placed[3]} of slot 3 are placed`);
  assertInOrder(feed, 1);
});

Deno.test("Builder is not led to a reset by strays of many modules that each go on as before", () => {
  const feed = new CameraFeed();
  for (const second of range(8)) {
    for (const slot of range(32)) {
      if (second % 4 > 0) feed.packet(slot, [BigInt(second)]);
      feed.packet(slot, range(10).map((step) => at(second * 10 + step)));
    }
    feed.pass(1000);
  }
  feed.pass(10_000);
  assertEquals(feed.ledger.readouts.late, 6 * 32);
  assertEquals(feed.ledger.events.resets, 0);
});

Deno.test("Builder counts a slot among those of the far time that it sent last", () => {
  const feed = new CameraFeed();
  feed.moment(range(32), at(0));
  feed.moment(range(16), 5n);
  feed.moment(range(16), START_NS + DAY_NS);
  feed.packet(16, [5n]);
  assertEquals(feed.ledger.events.resets, 0);
  feed.packet(16, [START_NS + DAY_NS]);
  assertEquals(feed.ledger.events.resets, 1);
});

Deno.test("Builder follows a lone module's reset over packets that are lost", () => {
  const feed = new CameraFeed({ slots: 1 });
  const second = (index: number) =>
    range(10).map((step) => at(index * 10 + step, index * 10 + step < 17 ? START_NS : 5n));
  for (const index of [0, 1, 4, 5]) {
    feed.pass(index === 4 ? 3000 : 1000);
    feed.packet(0, second(index));
  }
  feed.pass(10_000);
  assertEquals([feed.ledger.readouts.placed, feed.ledger.events.resets], [40, 1]);
});

Deno.test("Builder keeps what came after a reset when nothing comes for 3 s then", () => {
  const packets = packetsOf({ ...CALM, resetNs: 5n, resetAt: 15 })
    .filter(({ slot, arrivalMs }) =>
      arrivalMs < 2000 || arrivalMs === 2000 && slot < 10 || arrivalMs >= 5000
    );
  const feed = feedPackets(packets);
  assertPlaced(feed, packets, range(32));
  assertInOrder(feed, 1);
});

/**
 * Packets of few modules all come, and in order: where all modules are in, nothing older is waited
 * for, and where most have lost the same packets, nobody knows better than the last.
 */
const mishaps: fc.Arbitrary<Mishaps> = fc.record({
  seed: fc.nat(),
  modules: fc.oneof(fc.constant(32), fc.integer({ min: 1, max: 32 })),
  readoutsPerPacket: fc.constantFrom(1, 3, 10),
  readouts: fc.constant(120),
  loss: fc.constantFrom(0, 0.05, 0.3),
  copies: fc.constantFrom(0, 0.2),
  maxDelayMs: fc.constantFrom(0, 50, 900),
  phasesMs: fc.constantFrom(0, 900),
  resetNs: fc.constantFrom(...RESETS_NS),
  resetAt: fc.integer({ min: 12, max: 60 }),
  resetSpread: fc.constantFrom(0, 1, 10, 25),
}).map((all) => all.modules < 8 ? { ...all, maxDelayMs: 0, loss: 0 } : all);

/** What other seeds have found. */
const FOUND: [Mishaps][] = [
  [{
    ...{ seed: 872401270, modules: 8, readoutsPerPacket: 10, readouts: 120, loss: 0.3, copies: 0 },
    ...{ maxDelayMs: 50, phasesMs: 900, resetAt: 15, resetSpread: 25 },
    resetNs: START_NS - 5_037_000_000n,
  }],
  [{
    ...{ seed: 7572423, modules: 15, readoutsPerPacket: 10, readouts: 120, loss: 0.3, copies: 0 },
    ...{ maxDelayMs: 0, phasesMs: 0, resetAt: 50, resetSpread: 1 },
    resetNs: START_NS - 5_037_000_000n,
  }],
  [{
    ...{ seed: 35335674, modules: 32, readoutsPerPacket: 1, readouts: 120, loss: 0, copies: 0 },
    ...{ maxDelayMs: 900, phasesMs: 0, resetAt: 12, resetSpread: 25 },
    resetNs: START_NS - 5_037_000_000n,
  }],
];

Deno.test("Builder places all that a perfect observer places, wherever TACK is reset", () => {
  const property = fc.property(mishaps, (all) => {
    const packets = packetsOf(all);
    const feed = feedPackets(packets);
    assertPlaced(feed, packets, range(all.modules));
    assertInOrder(feed, 1);
  });
  fc.assert(property, { numRuns: 60, examples: FOUND });
});
