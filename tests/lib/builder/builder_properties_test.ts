import { EventFlag } from "../../../lib/wire/event.ts";
import { assert, assertEquals, assertLessOrEqual } from "../../assert.ts";
import { first, nth } from "../../elements.ts";
import { fc } from "../../property.ts";
import { CameraFeed, START_NS } from "./camera_feed.ts";

const WINDOW_NS = 10_000_000;
const PERIOD_NS = 100_000_000n;
const DEADLINE_MS = 2000;
const ABSENT_AFTER_MS = 5000;

/** What happens to one readout between the module and the builder. */
const readout = fc.record({
  moment: fc.integer({ min: 0, max: 12 }),
  slot: fc.integer({ min: 0, max: 31 }),
  jitterNs: fc.integer({ min: -WINDOW_NS / 2, max: WINDOW_NS / 2 }),
  pauseMs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 900 })),
});
const arrivals = fc.array(readout, { minLength: 1, maxLength: 300 });

function feedAll(list: { moment: number; slot: number; jitterNs: number; pauseMs: number }[]) {
  const feed = new CameraFeed({ windowNs: WINDOW_NS, deadlineMs: DEADLINE_MS });
  const openedMs = new Map<number, number>();
  list.forEach(({ moment, slot, jitterNs, pauseMs }, index) => {
    feed.pass(pauseMs);
    if (!openedMs.has(moment)) openedMs.set(moment, feed.nowMs);
    const tPrim = START_NS + BigInt(moment) * PERIOD_NS + BigInt(jitterNs);
    feed.packet(slot, [tPrim], index ^ 0x8000);
  });
  feed.pass(2 * DEADLINE_MS);
  return { feed, openedMs };
}

const momentOf = (timestampNs: bigint) =>
  Number((timestampNs - START_NS + PERIOD_NS / 2n) / PERIOD_NS);

Deno.test("Builder accounts for every readout, whatever order, loss or duplication", () => {
  fc.assert(fc.property(arrivals, (list) => {
    const { feed } = feedAll(list);
    const { readouts, events } = feed.ledger;
    assertEquals(readouts.decoded, list.length);
    assertEquals(readouts.decoded, readouts.placed + readouts.late + readouts.duplicate);
    assertEquals(events.built, events.complete + events.partial);
    assertEquals(events.built, feed.events.length);
    let placed = 0;
    for (const event of feed.events) {
      for (let slot = 0; slot < 32; slot++) {
        if (!((event.mask >>> slot) & 1)) {
          assertEquals(event.tPrim(slot), 0n);
          assert(event.module(slot).every(Number.isNaN));
          continue;
        }
        placed++;
        const index = Math.round(first(event.module(slot)) / 0.0763);
        const { moment, jitterNs, slot: sender } = nth(list, index);
        assertEquals(sender, slot);
        assertEquals(event.tPrim(slot), START_NS + BigInt(moment) * PERIOD_NS + BigInt(jitterNs));
        assertEquals(moment, momentOf(event.timestampNs));
      }
    }
    assertEquals(placed, readouts.placed);
  }));
});

Deno.test("Builder emits in order of TACK, numbered without a gap", () => {
  fc.assert(fc.property(arrivals, (list) => {
    const { feed } = feedAll(list);
    feed.events.forEach((event, index) => {
      assertEquals(event.number, BigInt(index + 1));
      if (index > 0) assert(event.timestampNs > nth(feed.events, index - 1).timestampNs);
    });
  }));
});

/**
 * From when each moment's event may wait: from when it was opened, or the camera, the moment that more
 * than half of the slots heard in 5 s have reached, last moved or grew while it was not there, or had
 * no more than half of the slots that are heard now. Where the camera is it waits for a deadline, and
 * elsewhere until the camera is taken to stand still, 5 s at most.
 */
function waitingSince(
  list: readonly { moment: number; slot: number; jitterNs: number; pauseMs: number }[],
) {
  const heard = new Map<number, { ms: number; tackNs: number }>();
  const open = new Map<number, { ms: number; tackNs: number; isReached: boolean }>();
  let nowMs = 1000;
  let cameraNs = -Infinity;
  let voters = 0;
  let count = 0;
  for (const { moment, slot, jitterNs, pauseMs } of list) {
    nowMs += pauseMs;
    const tackNs = moment * Number(PERIOD_NS) + jitterNs;
    heard.set(slot, {
      ms: nowMs,
      tackNs: Math.max(tackNs, heard.get(slot)?.tackNs ?? -Infinity),
    });
    if (!open.has(moment)) open.set(moment, { ms: nowMs, tackNs, isReached: false });
    const reachedNs = [...heard.values()].filter(({ ms }) => nowMs - ms <= 5000)
      .map((one) => one.tackNs).sort((a, b) => b - a);
    const nextNs = nth(reachedNs, reachedNs.length >> 1);
    const hasMoved = nextNs !== cameraNs || reachedNs.length > count;
    count = reachedNs.length;
    const isNew = reachedNs.length > 2 * voters;
    voters = isNew ? reachedNs.length : Math.min(voters, reachedNs.length);
    for (const event of open.values()) {
      const isAhead = event.tackNs > Math.min(cameraNs, nextNs) + WINDOW_NS;
      if (isNew || hasMoved && isAhead) event.ms = nowMs;
      event.isReached = event.tackNs <= nextNs + WINDOW_NS;
    }
    cameraNs = nextNs;
  }
  return open;
}

Deno.test("Builder lets no event wait past its deadline, the last one included", () => {
  fc.assert(fc.property(arrivals, (list) => {
    const { feed, openedMs } = feedAll(list);
    assertEquals(feed.builder.openEvents, 0);
    assertLessOrEqual(feed.events.length, openedMs.size);
    const countedMs = waitingSince(list);
    feed.events.forEach((event, index) => {
      const counted = countedMs.get(momentOf(event.timestampNs));
      assert(counted !== undefined);
      const waitMs = counted.isReached ? DEADLINE_MS : ABSENT_AFTER_MS;
      assertLessOrEqual(nth(feed.emittedMs, index) - counted.ms, waitMs);
    });
  }));
});

Deno.test("Builder counts the deadline from the first readout when the camera is in step", () => {
  const whole = fc.array(fc.record({ pauseMs: fc.nat(150), absent: fc.nat(31) }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(fc.property(whole, (moments) => {
    const feed = new CameraFeed({ windowNs: WINDOW_NS, deadlineMs: DEADLINE_MS });
    const openedMs = moments.map(({ pauseMs, absent }, moment) => {
      feed.pass(pauseMs);
      const slots = Array.from({ length: 32 }, (_, slot) => slot);
      feed.moment(slots.filter((slot) => slot !== absent), START_NS + BigInt(moment) * PERIOD_NS);
      return feed.nowMs;
    });
    feed.pass(DEADLINE_MS);
    assertEquals(feed.emittedMs, openedMs.map((ms) => ms + DEADLINE_MS));
  }));
});

Deno.test("Builder completes every event of a whole camera in any order of arrival", () => {
  const camera = Array.from({ length: 32 * 6 }, (_, index) => index);
  const order = fc.shuffledSubarray(camera, { minLength: camera.length });
  fc.assert(
    fc.property(order, fc.array(fc.integer({ min: -5, max: 5 })), (shuffled, jitters) => {
      const feed = new CameraFeed();
      shuffled.forEach((cell, index) => {
        const jitterNs = BigInt(jitters[index % (jitters.length || 1)] ?? 0) * 1_000_000n;
        const tPrim = START_NS + BigInt(cell >> 5) * PERIOD_NS + jitterNs;
        feed.packet(cell & 31, [tPrim]);
      });
      assertEquals(feed.events.map((event) => event.flags), Array(6).fill(EventFlag.complete));
      assertEquals(feed.ledger.readouts.placed, camera.length);
    }),
  );
});

Deno.test("Builder never raises and always closes its account on readouts of any time", () => {
  const anyTime = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: START_NS, max: START_NS + 100n * PERIOD_NS }),
    fc.constantFrom(0n, 2n ** 64n - 1n),
  );
  const packet = fc.record({
    slot: fc.integer({ min: 0, max: 31 }),
    times: fc.array(anyTime, { minLength: 1, maxLength: 10 }),
    pauseMs: fc.integer({ min: 0, max: 3000 }),
  });
  fc.assert(fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
    const feed = new CameraFeed({ maxOpenEvents: 8 });
    for (const { slot, times, pauseMs } of packets) {
      feed.packet(slot, times);
      feed.pass(pauseMs);
    }
    feed.pass(10_000);
    const { readouts, events } = feed.ledger;
    assertEquals(readouts.decoded, readouts.placed + readouts.late + readouts.duplicate);
    assertEquals(events.built, events.complete + events.partial);
    assertEquals(feed.builder.openEvents, 0);
    assertEquals(feed.builder.heldReadouts, 0);
  }));
});

Deno.test("Builder completes every event at any rate, however many readouts a packet has", () => {
  const rates = fc.double({ min: 0.05, max: 250, noNaN: true });
  fc.assert(
    fc.property(rates, fc.constantFrom(1, 10, 62), fc.nat(31), (rate, readouts, absent) => {
      const periodNs = 1e9 / rate;
      const feed = new CameraFeed({
        windowNs: Math.min(10_000_000, periodNs / 4),
        slots: ~(1 << absent) >>> 0,
      });
      const time = (index: number) => START_NS + BigInt(Math.round(index * periodNs));
      for (let packet = 0; packet < 4; packet++) {
        const times = Array.from({ length: readouts }, (_, i) => time(packet * readouts + i));
        feed.pass(readouts * 1000 / rate);
        for (let slot = 0; slot < 32; slot++) if (slot !== absent) feed.packet(slot, times);
      }
      assertEquals(feed.events.length, 4 * readouts);
      assert(feed.events.every(({ flags }) => flags === EventFlag.complete));
      assertEquals(feed.ledger.readouts.late, 0);
    }),
  );
});
