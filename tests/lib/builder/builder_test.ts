import { Builder } from "../../../lib/builder/builder.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { brokenIdentities, newLedger } from "../../../lib/ledger/ledger.ts";
import { EventFlag } from "../../../lib/wire/event.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { nth, only } from "../../elements.ts";
import { CameraFeed, PERIOD_NS, range, START_NS } from "./camera_feed.ts";

const MS = 1_000_000n;
const at = (index: number) => START_NS + BigInt(index) * PERIOD_NS;
const flags = (feed: CameraFeed) => feed.events.map((event) => event.flags);

Deno.test("Builder emits an event as soon as all 32 slots are in", () => {
  const feed = new CameraFeed({ run: 7n });
  feed.moment(range(31), at(0));
  assertEquals(feed.events.length, 0);
  feed.packet(31, [at(0)]);
  const event = only(feed.events);
  assertEquals(event.number, 1n);
  assertEquals(event.run, 7n);
  assertEquals(event.flags, EventFlag.complete);
  assertEquals(event.mask, 0xffffffff);
  assertEquals(event.timestampNs, at(0));
  assertEquals(event.tAux(9), at(0) + 7n);
  assertEquals(event.receiveSeconds, 1_790_000_000n);
  assertEquals(event.receiveNanoseconds, 5);
  assertEquals(event.millivolts[64 * 9 + 63], 9 * 0.0763);
});

Deno.test("Builder gives an event the smallest time as timestamp and the spread of all", () => {
  const feed = new CameraFeed();
  feed.packet(0, [at(0)]);
  feed.packet(1, [at(0) - 3n * MS]);
  feed.packet(2, [at(0) + 4n * MS]);
  feed.drain();
  assertEquals(feed.events.map((event) => event.timestampNs), [at(0) - 3n * MS]);
  assertEquals(only(feed.events).spreadNs, 7_000_000);
});

Deno.test("Builder takes the window as inclusive and opens another event beyond it", () => {
  const feed = new CameraFeed({ windowNs: 1000 });
  feed.packet(0, [at(0)]);
  feed.packet(1, [at(0) + 1000n]);
  feed.packet(2, [at(0) + 1001n]);
  feed.packet(3, [at(0) - 1000n]);
  feed.packet(4, [at(0) - 1001n]);
  feed.drain();
  assertEquals(feed.events.map((event) => event.mask), [0b10000, 0b1011, 0b100]);
});

Deno.test("Builder puts a readout in the nearer of two open events", () => {
  const feed = new CameraFeed({ windowNs: 1000 });
  feed.packet(0, [at(0), at(0) + 1500n]);
  feed.packet(1, [at(0) + 700n]);
  feed.packet(2, [at(0) + 800n]);
  feed.drain();
  assertEquals(feed.events.map((event) => event.mask), [0b011, 0b101]);
});

Deno.test("Builder lets all readouts of a packet stand for themselves", () => {
  const feed = new CameraFeed();
  for (const slot of range(32)) feed.packet(slot, range(10).map(at));
  assertEquals(feed.events.map((event) => event.timestampNs), range(10).map(at));
  assertEquals(flags(feed), range(10).map(() => EventFlag.complete));
});

Deno.test("Builder closes an incomplete event at its deadline with no further packet", () => {
  const feed = new CameraFeed({ deadlineMs: 2000 });
  feed.moment(range(30), at(0));
  feed.pass(1999);
  assertEquals(feed.events.length, 0);
  feed.pass(1);
  assertEquals(flags(feed), [EventFlag.deadline]);
  assertEquals(feed.ledger.events.partial, 1);
});

Deno.test("Builder never emits before an older open event", () => {
  const feed = new CameraFeed();
  feed.moment(range(31), at(0));
  feed.moment(range(32), at(1));
  assertEquals(feed.events.length, 0);
  feed.packet(31, [at(0)]);
  assertEquals(feed.events.map((event) => event.timestampNs), [at(0), at(1)]);
});

Deno.test("Builder closes older events with one whose deadline passes", () => {
  const feed = new CameraFeed({ deadlineMs: 2000 });
  feed.packet(0, [at(5)]);
  feed.pass(1500);
  feed.packet(0, [at(4)]);
  feed.packet(0, [at(6)]);
  feed.pass(500);
  assertEquals(feed.events.map((event) => event.timestampNs), [at(4), at(5)]);
  assertEquals(flags(feed), [EventFlag.deadline, EventFlag.deadline]);
});

Deno.test("Builder counts a readout for an emitted event as late and drops it", () => {
  const feed = new CameraFeed();
  feed.moment(range(31), at(0));
  feed.pass(2000);
  feed.packet(31, [at(0)]);
  feed.packet(31, [at(0) - PERIOD_NS]);
  feed.pass(2000);
  assertEquals(feed.events.length, 1);
  assertEquals(feed.ledger.readouts.late, 2);
});

Deno.test("Builder does not put a readout of an emitted event in the next one", () => {
  const feed = new CameraFeed({ windowNs: 1000 });
  feed.moment(range(31), at(0));
  feed.pass(2000);
  feed.packet(0, [at(0) + 1500n]);
  feed.packet(31, [at(0) + 600n]);
  feed.drain();
  assertEquals(feed.ledger.readouts.late, 1);
  assertEquals(nth(feed.events, 1).mask, 1);
});

Deno.test("Builder counts a slot's second readout as duplicate and keeps the first", () => {
  const feed = new CameraFeed();
  feed.packet(3, [at(0)], 0x8001);
  feed.packet(3, [at(0)], 0x8002);
  feed.drain();
  assertEquals(feed.ledger.readouts, { decoded: 2, placed: 1, late: 0, duplicate: 1 });
  assertEquals(only(feed.events).millivolts[64 * 3], 0.0763);
});

Deno.test("Builder never takes the first module to speak for a whole camera", () => {
  const feed = new CameraFeed();
  feed.pass(60_000);
  feed.packet(0, [at(0)]);
  assertEquals(feed.events.length, 0);
});

Deno.test("Builder expects the whole camera again after it was absent", () => {
  const feed = new CameraFeed();
  feed.moment(range(32), at(0));
  feed.pass(60_000);
  feed.packet(0, [at(600)]);
  assertEquals(feed.events.length, 1);
  feed.moment(range(32).slice(1), at(600));
  assertEquals(flags(feed), [EventFlag.complete, EventFlag.complete]);
});

Deno.test("Builder stops waiting for a module that was absent for 5 s", () => {
  const feed = new CameraFeed();
  for (const index of range(70)) {
    feed.moment(range(31), at(index));
    feed.pass(100);
  }
  const closedByDeadline = flags(feed).filter((value) => value === EventFlag.deadline).length;
  assertEquals(closedByDeadline, 30);
  assertEquals(flags(feed).at(-1), EventFlag.complete);
  assertEquals(feed.events.length, 70);
});

Deno.test("Builder expects a module again from its first readout's TACK on", () => {
  const feed = new CameraFeed();
  for (const index of range(70)) {
    feed.moment(range(31), at(index));
    feed.pass(100);
  }
  const before = feed.events.length;
  feed.packet(31, [at(71)]);
  feed.moment(range(31), at(70));
  assertEquals(feed.events.length, before + 1);
  feed.moment(range(31), at(71));
  feed.moment(range(31), at(72));
  assertEquals(feed.events.length, before + 2);
  feed.packet(31, [at(72)]);
  assertEquals(feed.events.length, before + 3);
  assert(flags(feed).slice(before).every((value) => value === EventFlag.complete));
});

Deno.test("Builder expects only the configured slots", () => {
  const feed = new CameraFeed({ slots: 0b111 });
  feed.moment([0, 1, 2], at(0));
  assertEquals(flags(feed), [EventFlag.complete]);
});

Deno.test("Builder that is full emits its oldest event, flagged as evicted", () => {
  const feed = new CameraFeed({ maxOpenEvents: 4 });
  feed.packet(0, range(5).map(at));
  assertEquals(feed.events.map((event) => event.timestampNs), [at(0)]);
  assertEquals(flags(feed), [EventFlag.evicted]);
  assertEquals(feed.ledger.events.evicted, 1);
  feed.packet(1, [at(0)]);
  assertEquals(feed.ledger.readouts.late, 1);
  assertEquals(feed.builder.openEvents, 4);
});

Deno.test("Builder that is drained emits what is open, and its account closes", () => {
  const feed = new CameraFeed();
  feed.packet(0, [at(0), at(1)]);
  feed.drain();
  assertEquals(flags(feed), [0, 0]);
  feed.ledger.events.published = feed.events.length;
  assertEquals(brokenIdentities(feed.ledger), []);
});

Deno.test("Builder refuses options that are out of range, naming the key", () => {
  const build = (options: object) => () => new Builder(options, newLedger("readouts", "events"));
  assertThrows(build({ windowNs: 0 }), ConfigurationError, "windowNs is 0");
  assertThrows(build({ deadlineMs: NaN }), ConfigurationError, "deadlineMs is NaN");
  build({ windowNs: 3e9 })();
  assertThrows(build({ windowNs: 10, farNs: 10 }), ConfigurationError, "below farNs");
});
