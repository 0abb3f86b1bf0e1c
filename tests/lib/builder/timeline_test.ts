import { countSlots } from "../../../lib/wire/camera.ts";
import { EventFlag } from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import { CameraFeed, PERIOD_NS, range, START_NS } from "./camera_feed.ts";

const at = (index: number, startNs = START_NS) => startNs + BigInt(index) * PERIOD_NS;
const DAY_NS = 86_400_000_000_000n;

/** Ten moments a second of 32 modules, in packets of ten readouts. */
function run(feed: CameraFeed, seconds: number, startNs: bigint): void {
  for (const second of range(seconds)) {
    for (const slot of range(32)) {
      feed.packet(slot, range(10).map((index) => at(second * 10 + index, startNs)));
    }
    feed.pass(1000);
  }
}

const resets = (feed: CameraFeed) =>
  feed.events.filter((event) => event.flags & EventFlag.reset).map((event) => event.number);

for (
  const [name, secondNs] of [
    ["far below", 5n],
    ["far ahead", START_NS + DAY_NS],
    ["to the top of u64", 2n ** 64n - 1n - 20n * PERIOD_NS],
  ] as const
) {
  Deno.test(`Builder loses nothing when TACK jumps ${name}, and flags the first event`, () => {
    const feed = new CameraFeed();
    run(feed, 2, START_NS);
    run(feed, 2, secondNs);
    assertEquals(feed.events.length, 40);
    assertEquals(feed.events.map((event) => event.number), range(40).map((n) => BigInt(n + 1)));
    assert(feed.events.every((event) => event.flags & EventFlag.complete));
    assertEquals(resets(feed), [21n]);
    assertEquals(feed.ledger.events.resets, 1);
    assertEquals(feed.ledger.readouts.late, 0);
  });
}

Deno.test("Builder is not misled by a stray packet from a far time, which is counted late", () => {
  for (const strayNs of [0n, START_NS + DAY_NS, 2n ** 64n - 1n]) {
    const feed = new CameraFeed();
    run(feed, 1, START_NS);
    feed.packet(4, [strayNs]);
    run(feed, 7, at(10));
    assertEquals(feed.events.length, 80);
    assertEquals(resets(feed), []);
    assertEquals(feed.ledger.readouts.late, 1);
    assert(feed.events.every((event) => event.flags === EventFlag.complete));
  }
});

Deno.test("Builder recovers at once when the very first packet is a stray", () => {
  const feed = new CameraFeed();
  feed.packet(0, [2n ** 63n]);
  run(feed, 2, START_NS);
  const good = feed.events.slice(1);
  assertEquals(good.length, 20);
  assert(good.every((event) => event.flags & EventFlag.complete));
  assertEquals(feed.ledger.readouts.late, 0);
});

Deno.test("Builder that begins with a stray loses no readout to copies of packets, however many", () => {
  const feed = new CameraFeed();
  feed.packet(0, [2n ** 63n]);
  for (const slot of range(32)) {
    for (const copied of range(slot + 1)) {
      for (const _ of range(20)) feed.packet(copied, range(10).map((index) => at(index)));
    }
    // Each module's name is used by somebody else too: none of them stays in the group.
    for (const other of range(32)) feed.packet(other, [BigInt(1 + slot * 32 + other) << 40n]);
  }
  feed.pass(20_000);
  const masks = new Map(feed.events.map(({ timestampNs, mask }) => [timestampNs, mask]));
  assertEquals(range(10).map((index) => masks.get(at(index))), range(10).map(() => 0xffffffff));
});

Deno.test("Builder takes a lone module's copy of a far packet for no second one", () => {
  const feed = new CameraFeed({ slots: 1 });
  feed.packet(0, [at(0)]);
  for (const _ of range(3)) {
    feed.pass(100);
    feed.packet(0, [100n]);
  }
  assertEquals([feed.ledger.events.resets, feed.ledger.readouts.duplicate], [0, 2]);
  feed.pass(100);
  feed.packet(0, [100n + PERIOD_NS]);
  assertEquals([feed.ledger.events.resets, feed.ledger.readouts.late], [1, 0]);
});

for (const offsetNs of [1000n - START_NS, -5_000_000_000n, 5_000_000_000n, DAY_NS]) {
  Deno.test(`Builder keeps a module ${offsetNs} ns off the camera's time from disturbing it`, () => {
    const feed = new CameraFeed();
    for (const second of range(12)) {
      for (const slot of range(32)) {
        const startNs = slot === 7 ? START_NS + offsetNs : START_NS;
        feed.packet(slot, range(10).map((index) => at(second * 10 + index, startNs)));
      }
      feed.pass(1000);
    }
    feed.pass(5000);
    const whole = feed.events.filter(({ mask }) => countSlots(mask) === 31);
    assertEquals(whole.length, 120);
    assertEquals(resets(feed), []);
    assertEquals(feed.ledger.readouts.late, 120);
    assertEquals(feed.events.at(-1)?.flags, EventFlag.complete);
  });
}

Deno.test("Builder follows a lone module's reset once it has sent twice", () => {
  const feed = new CameraFeed({ slots: 1 });
  feed.packet(0, [at(0)]);
  feed.pass(1000);
  feed.packet(0, [100n]);
  assertEquals([feed.events.length, feed.ledger.events.resets], [1, 0]);
  feed.pass(1000);
  feed.packet(0, [100n + PERIOD_NS * 10n]);
  assertEquals(feed.events.length, 3);
  assertEquals(resets(feed), [2n]);
});

Deno.test("Builder takes strays of a lone module between good readouts for no reset", () => {
  const feed = new CameraFeed({ slots: 1 });
  for (const index of range(30)) {
    feed.packet(0, [at(index)]);
    if (index % 10 === 5) feed.packet(0, [100n + BigInt(index)]);
    feed.pass(100);
  }
  feed.pass(10_000);
  assertEquals([feed.ledger.events.resets, feed.ledger.readouts.late], [0, 3]);
});

Deno.test("Builder follows a reset at once when the old time has been quiet", () => {
  const feed = new CameraFeed({ slots: 1 });
  feed.packet(0, [at(0)]);
  feed.pass(5000);
  feed.packet(0, [100n]);
  assertEquals(resets(feed), [2n]);
});

Deno.test("Builder takes a pause of the camera for what it is, not for a reset", () => {
  const feed = new CameraFeed();
  run(feed, 1, START_NS);
  feed.pass(60_000);
  run(feed, 1, START_NS + 61_000_000_000n);
  assertEquals(resets(feed), []);
  assertEquals(feed.ledger.readouts.late, 0);
});

Deno.test("Builder bounds what it holds of far readouts", () => {
  const feed = new CameraFeed();
  run(feed, 1, START_NS);
  for (const index of range(100)) {
    feed.packet(3, range(62).map((step) => 1000n + BigInt(index * 62 + step)));
  }
  assertEquals(feed.builder.heldReadouts, 2048);
  feed.pass(6000);
  assertEquals(feed.builder.heldReadouts, 0);
  assertEquals(feed.ledger.readouts.late, 6200);
});

/** TACK that runs through 2^64 to 0 after so many readouts, for four seconds. */
function runThroughTop(readoutsBefore: number): CameraFeed {
  const feed = new CameraFeed();
  const startNs = 2n ** 64n - BigInt(readoutsBefore) * PERIOD_NS;
  for (const second of range(4)) {
    for (const slot of range(32)) {
      feed.packet(slot, range(10).map((index) => at(second * 10 + index, startNs) % 2n ** 64n));
    }
    feed.pass(1000);
  }
  return feed;
}

Deno.test("Builder loses nothing when TACK runs through 2^64 between two packets", () => {
  const feed = runThroughTop(20);
  assertEquals(feed.events.length, 40);
  assert(feed.events.every((event) => event.flags & EventFlag.complete));
  assertEquals([resets(feed), feed.ledger.readouts.late], [[21n], 0]);
  assertEquals(feed.events.at(-1)?.timestampNs, 19n * PERIOD_NS);
});

Deno.test("Builder loses nothing when TACK runs through 2^64 amidst packets", () => {
  const feed = runThroughTop(15);
  assertEquals(feed.ledger.readouts, { decoded: 1280, placed: 1280, late: 0, duplicate: 0 });
  assertEquals(feed.events.length, 40);
  assert(feed.events.every((event) => event.flags & EventFlag.complete));
  assertEquals(resets(feed), [16n]);
});

Deno.test("Builder is not disturbed by jumps of the wall clock, which only dates events", () => {
  const feed = new CameraFeed();
  const clocks = [1_790_000_000, 1_790_086_400, 0, 4_294_967_295, 1_000_000_000];
  clocks.forEach((receiveSeconds, second) => {
    feed.receiveSeconds = receiveSeconds;
    run(feed, 1, at(second * 10));
  });
  assertEquals(feed.events.length, 10 * clocks.length);
  assert(feed.events.every((event) => event.flags === EventFlag.complete));
  const dates = feed.events.map((event) => Number(event.receiveSeconds));
  assertEquals(dates, clocks.flatMap((seconds) => new Array<number>(10).fill(seconds)));
  assertEquals(feed.ledger.readouts.late, 0);
});
