import { EventFlag } from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";
import { PERIOD_NS, range, START_NS } from "./camera_feed.ts";
import {
  assertInOrder,
  assertPlaced,
  feedPackets,
  type Mishaps,
  NO_MISHAPS,
  packetsOf,
} from "./observed_camera.ts";

const CALM: Mishaps = { ...NO_MISHAPS, readouts: 200 };

for (const aheadMs of [300, 1200, 1900, 2800, 3500, 6000, -300, -1200, -2800]) {
  for (const slot of [0, 7, 31]) {
    Deno.test(`Builder keeps slot ${slot}, ${aheadMs} ms ahead, from making others late`, () => {
      const packets = packetsOf({ ...CALM, stray: { slot, aheadMs } });
      const feed = feedPackets(packets);
      const others = range(32).filter((other) => other !== slot);
      assertPlaced(feed, packets, others);
      assertEquals(others.filter((other) => nth(feed.builder.slots.late, other) > 0), []);
      // The first to speak is the camera, until most of it speaks of another time.
      assertInOrder(feed, slot === 0 && aheadMs > 2100 ? 1 : 0);
    });
  }
}

for (const aheadMs of [1900, 2900, 4800]) {
  Deno.test(`Builder waits for packets of 3 s when a slot is ${aheadMs} ms ahead`, () => {
    const packets = packetsOf({ ...CALM, readoutsPerPacket: 30, stray: { slot: 7, aheadMs } });
    const feed = feedPackets(packets);
    // That packets come in 3 s is known from the second on.
    const late = range(32).filter((slot) => slot !== 7).map((slot) =>
      nth(feed.builder.slots.late, slot)
    );
    assert(Math.max(...late) <= 60, `late by slot: ${late}`);
  });
}

Deno.test("Builder places a module 2.8 s ahead in the events of its TACK when the camera comes", () => {
  const packets = packetsOf({ ...CALM, stray: { slot: 7, aheadMs: 2800 } });
  const feed = feedPackets(packets);
  assertEquals(feed.ledger.readouts.late, 0);
  const whole = feed.events.filter(({ flags }) => flags & EventFlag.complete);
  assertEquals(whole.length, 200 - 28);
});

for (const aheadMs of [1000, 1200, 1900, 3000]) {
  Deno.test(`Builder lets nobody be late for readouts forged ${aheadMs} ms ahead, ten a second`, () => {
    const packets = packetsOf({ ...CALM, spoof: { slot: 7, aheadMs, stepMs: 100 } });
    const feed = feedPackets(packets);
    const others = range(32).filter((other) => other !== 7);
    assertPlaced(feed, packets, others);
    assertEquals(others.filter((other) => nth(feed.builder.slots.late, other) > 0), []);
    const whole = feed.events.filter(({ flags }) => flags & EventFlag.complete);
    assertEquals(whole.length, 200);
  });
}

for (const deadlineMs of [500, 2000]) {
  Deno.test(`Builder of a ${deadlineMs} ms deadline comes to a camera that is switched on after a module 1.9 s ahead`, () => {
    const sent = packetsOf({ ...CALM, stray: { slot: 7, aheadMs: 1900 } });
    const packets = sent.filter(({ slot, arrivalMs }) => slot === 7 || arrivalMs > 10_000);
    const feed = feedPackets(packets, { deadlineMs });
    const others = range(32).filter((other) => other !== 7);
    const late = others.map((other) => nth(feed.builder.slots.late, other));
    assert(Math.max(...late) <= 20, `late by slot: ${late}`);
    const whole = feed.events.find(({ timestampNs }) =>
      timestampNs === START_NS + 199n * PERIOD_NS
    );
    assertEquals(whole?.mask, 0xffffffff);
  });
}

Deno.test("Builder that is full takes no more from a slot ahead, rather than evict the others", () => {
  const packets = packetsOf({ ...CALM, readoutsPerPacket: 1, stray: { slot: 7, aheadMs: 1950 } });
  const feed = feedPackets(packets, { maxOpenEvents: 16, deadlineMs: 500 });
  assertPlaced(feed, packets, range(32).filter((slot) => slot !== 7));
  assertEquals(feed.ledger.events.evicted, 0);
  assert(nth(feed.builder.slots.late, 7) > 0);
});

Deno.test("Builder that is full evicts its oldest event for a camera of which half has died", () => {
  const packets = packetsOf({ ...CALM, readoutsPerPacket: 1, readouts: 80 });
  const living = packets.filter(({ slot, arrivalMs }) => slot < 8 || arrivalMs < 4000);
  const feed = feedPackets(living, { maxOpenEvents: 8, deadlineMs: 60_000 });
  assertEquals(feed.ledger.readouts.late, 0);
  assert(feed.ledger.events.evicted > 0);
});

Deno.test("Builder waits no longer than the deadline for a camera of which most has died", () => {
  const packets = packetsOf({ ...CALM, readoutsPerPacket: 1, readouts: 70 });
  const living = packets.filter(({ slot, arrivalMs }) => slot < 12 || arrivalMs < 4000);
  const feed = feedPackets(living);
  assertPlaced(feed, living, range(32));
  assertEquals(feed.emittedMs.length, feed.events.length);
  feed.emittedMs.forEach((ms, index) => assert(ms <= 1000 + (index + 1) * 100 + 2000));
});

/**
 * Packets of few modules all come, and in order: where most have lost the same packets, the camera
 * stands still for all that can be known, and where all modules are in, nothing older is waited for.
 */
const mishaps: fc.Arbitrary<Mishaps> = fc.record({
  seed: fc.nat(),
  modules: fc.oneof(fc.constant(32), fc.integer({ min: 3, max: 32 })),
  readoutsPerPacket: fc.constantFrom(1, 3, 10),
  readouts: fc.constant(100),
  loss: fc.constantFrom(0, 0.05, 0.2),
  copies: fc.constantFrom(0, 0.2),
  maxDelayMs: fc.constantFrom(0, 50, 900),
  phasesMs: fc.constantFrom(0, 900),
  resetAt: fc.constant(0),
  resetSpread: fc.constant(0),
}).map((all) => all.modules < 24 ? { ...all, maxDelayMs: 0, loss: 0 } : all);

const stray = fc.record({
  slot: fc.constantFrom(0, 1, 2),
  aheadMs: fc.integer({ min: -9000, max: 9000 }),
});
type Forger = Required<Mishaps>["spoof"];

const spoof: fc.Arbitrary<Forger> = fc.record({
  slot: fc.constantFrom(0, 1, 2),
  aheadMs: fc.integer({ min: -9000, max: 9000 }),
  stepMs: fc.constantFrom(25, 100, 370),
});

Deno.test("Builder places all readouts of the others, however far off one slot is", () => {
  const property = fc.property(mishaps, stray, (all, stray) => {
    const packets = packetsOf({ ...all, stray });
    const feed = feedPackets(packets);
    assertPlaced(feed, packets, range(all.modules).filter((slot) => slot !== stray.slot));
  });
  fc.assert(property, { numRuns: 60 });
});

const SLOW = { ...CALM, readouts: 100, maxDelayMs: 900, phasesMs: 900 };

/** What other seeds have found. */
const FOUND: [Mishaps, Forger][] = [
  [{ ...SLOW, seed: 803703704 }, { slot: 0, aheadMs: 0, stepMs: 25 }],
  [{ ...SLOW, seed: 356290440, readoutsPerPacket: 1 }, { slot: 0, aheadMs: -2255, stepMs: 10 }],
];

Deno.test("Builder places all readouts of the others, whatever is forged in one slot's name", () => {
  const property = fc.property(mishaps, spoof, (all, spoof) => {
    const packets = packetsOf({ ...all, spoof });
    const feed = feedPackets(packets);
    assertPlaced(feed, packets, range(all.modules).filter((slot) => slot !== spoof.slot));
  });
  fc.assert(property, { numRuns: 60, examples: FOUND });
});
