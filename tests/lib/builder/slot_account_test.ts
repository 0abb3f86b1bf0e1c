import { assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";
import { CameraFeed, PERIOD_NS, range, START_NS } from "./camera_feed.ts";

const sum = (counts: Iterable<number>) => [...counts].reduce((total, count) => total + count, 0);

/** Times near the camera's, and some far off. */
const tack = fc.oneof(
  fc.nat(20).map((moment) => START_NS + BigInt(moment) * PERIOD_NS),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const packet = fc.record({
  slot: fc.nat(31),
  tacks: fc.array(tack, { minLength: 1, maxLength: 4 }),
  pauseMs: fc.constantFrom(0, 0, 0, 700),
});

Deno.test("the accounts of all slots add up to the ledger, whatever comes", () => {
  fc.assert(fc.property(fc.array(packet, { maxLength: 80 }), (packets) => {
    const feed = new CameraFeed();
    for (const { slot, tacks, pauseMs } of packets) {
      feed.packet(slot, tacks);
      feed.pass(pauseMs);
      const { slots, ledger: { readouts } } = feed.builder;
      assertEquals(sum(slots.decoded), readouts.decoded);
      assertEquals(sum(slots.placed), readouts.placed);
      assertEquals(sum(slots.late), readouts.late);
      assertEquals(sum(slots.duplicate), readouts.duplicate);
    }
    feed.drain();
    const { slots } = feed.builder;
    assertEquals(sum(slots.packets), packets.length);
    for (const slot of range(32)) {
      const { decoded, placed, late, duplicate } = slots;
      const counted = [placed, late, duplicate].map((counts) => nth(counts, slot));
      assertEquals(decoded[slot], sum(counted));
      const without = feed.events.filter(({ mask }) => ((mask >>> slot) & 1) === 0).length;
      assertEquals(slots.missing[slot], without);
    }
  }));
});

Deno.test("Builder.startRun() numbers from 1 again, and nothing that is open is lost", () => {
  const feed = new CameraFeed({ run: 7n });
  feed.moment(range(32), START_NS);
  feed.moment(range(31), START_NS + PERIOD_NS);
  feed.builder.startRun(9n);
  feed.packet(31, [START_NS + PERIOD_NS]);
  feed.moment(range(32), START_NS + 2n * PERIOD_NS);
  const told = feed.events.map(({ run, number, mask }) => [run, number, mask]);
  assertEquals(told, [[7n, 1n, 0xffffffff], [9n, 1n, 0xffffffff], [9n, 2n, 0xffffffff]]);
  assertEquals(feed.builder.run, 9n);
  assertEquals(feed.ledger.events.built, 3);
});
