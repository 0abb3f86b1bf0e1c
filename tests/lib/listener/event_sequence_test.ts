import { EventSequence } from "../../../lib/listener/event_sequence.ts";
import type { EventId } from "../../../lib/wire/run_id.ts";
import { assertEquals } from "../../assert.ts";
import { first, last } from "../../elements.ts";
import { fc } from "../../property.ts";

/** Event of a run, by default of a message without an epoch. */
function event(run: bigint, number: bigint, epoch = 0): EventId {
  return { run, epoch, number };
}

Deno.test("EventSequence misses nothing before the first event that it hears", () => {
  const sequence = new EventSequence();
  assertEquals(sequence.isNew(event(1n, 1000n)), true);
  assertEquals(sequence.missed, 0);
});

Deno.test("EventSequence counts exactly the numbers left out, whatever is heard", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), (numbers) => {
    const heard = numbers.sort((a, b) => a - b);
    const sequence = new EventSequence();
    for (const number of heard) assertEquals(sequence.isNew(event(7n, BigInt(number))), true);
    for (const number of heard) assertEquals(sequence.isNew(event(7n, BigInt(number))), false);
    const span = heard.length === 0 ? 0 : last(heard) - first(heard) + 1;
    assertEquals(sequence.missed, span - heard.length);
  }));
});

Deno.test("EventSequence misses what came before the first event of a later run", () => {
  const sequence = new EventSequence();
  sequence.isNew(event(1n, 10n));
  sequence.isNew(event(2n, 4n));
  assertEquals([sequence.missed, sequence.runs], [3, 2]);
});

Deno.test("EventSequence keeps the runs of two publishers apart", () => {
  const sequence = new EventSequence();
  for (let number = 1n; number < 10n; number++) {
    assertEquals(sequence.isNew(event(1n, number)), true);
    assertEquals(sequence.isNew(event(2n, number)), true);
    assertEquals(sequence.isNew(event(2n, number)), false);
  }
  assertEquals([sequence.missed, sequence.runs], [0, 2]);
});

Deno.test("EventSequence takes a second start of one run number for another run", () => {
  const sequence = new EventSequence();
  for (const epoch of [11, 22]) {
    for (let number = 1n; number <= 100n; number++) {
      assertEquals(sequence.isNew(event(7n, number, epoch)), true);
      assertEquals(sequence.isNew(event(7n, number, epoch)), false);
    }
  }
  assertEquals([sequence.missed, sequence.runs], [0, 2]);
});

Deno.test("EventSequence goes on after the epoch that is there already, and with no other", () => {
  const sequence = new EventSequence([event(7n, 10n, 11)]);
  assertEquals(sequence.isNew(event(7n, 5n, 22)), true);
  assertEquals(sequence.missed, 4);
  assertEquals(sequence.isNew(event(7n, 10n, 11)), false);
});

Deno.test("EventSequence sees a restart in messages that have no run number", () => {
  const sequence = new EventSequence();
  sequence.isNew(event(0n, 5000n));
  assertEquals(sequence.isNew(event(0n, 4999n)), false);
  assertEquals(sequence.isNew(event(0n, 1n)), true);
  assertEquals(sequence.isNew(event(0n, 2n)), true);
  assertEquals([sequence.missed, sequence.runs], [0, 2]);
});

Deno.test("EventSequence goes on after what is there already, and misses what lies between", () => {
  const sequence = new EventSequence([event(3n, 10n)]);
  assertEquals(sequence.gapBefore(event(3n, 11n)), undefined);
  assertEquals(sequence.gapBefore(event(3n, 15n)), { run: 3n, epoch: 0, from: 11n, to: 14n });
  assertEquals(sequence.isNew(event(3n, 10n)), false);
  assertEquals([sequence.missed, sequence.runs], [0, 0]);
  assertEquals(sequence.isNew(event(3n, 15n)), true);
  assertEquals([sequence.missed, sequence.runs], [4, 1]);
  assertEquals(sequence.isNew(event(4n, 3n)), true);
  assertEquals([sequence.missed, sequence.runs], [6, 2]);
});

Deno.test("EventSequence misses all from number 1 on when it is to begin there", () => {
  const sequence = new EventSequence();
  assertEquals(sequence.gapBefore(event(5n, 8n)), undefined);
  sequence.missFromFirst();
  assertEquals(sequence.gapBefore(event(5n, 8n)), { run: 5n, epoch: 0, from: 1n, to: 7n });
  assertEquals(sequence.isNew(event(5n, 2n)), true);
  assertEquals(sequence.gapBefore(event(5n, 8n)), { run: 5n, epoch: 0, from: 3n, to: 7n });
  assertEquals(sequence.isNew(event(5n, 8n)), true);
  assertEquals(sequence.missed, 1 + 5);
});

Deno.test("EventSequence does not believe in a gap of over 1e9 numbers", () => {
  const sequence = new EventSequence();
  assertEquals(sequence.isPlausible(event(1n, 1_000_000_000_000n)), true);
  assertEquals(sequence.isPlausible(event(1n, 2n ** 63n)), false);
  sequence.isNew(event(1n, 7n));
  assertEquals(sequence.isPlausible(event(1n, 1_000_000_007n)), true);
  assertEquals(sequence.isPlausible(event(1n, 1_000_000_008n)), false);
  assertEquals(sequence.isPlausible(event(2n, 1_000_000_001n)), false);
});

Deno.test("EventSequence takes an event that comes late for a new one, and misses it no more", () => {
  const sequence = new EventSequence();
  const heard = [1n, 2n, 3n, 6n, 7n, 8n, 9n, 4n, 4n, 5n, 10n].filter((number) =>
    sequence.isNew(event(7n, number))
  );
  assertEquals(heard, [1n, 2n, 3n, 6n, 7n, 8n, 9n, 4n, 5n, 10n]);
  assertEquals(sequence.missed, 0);
});

Deno.test("EventSequence takes each number once, in whatever order they come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }),
      (numbers) => {
        const sequence = new EventSequence();
        sequence.missFromFirst();
        const seen = new Set<number>();
        for (const number of numbers) {
          assertEquals(sequence.isNew(event(7n, BigInt(number))), !seen.has(number));
          seen.add(number);
          assertEquals(sequence.missed, Math.max(...seen) - seen.size);
        }
      },
    ),
  );
});

Deno.test("EventSequence misses all of a run that ended before any of its events was heard", () => {
  const sequence = new EventSequence();
  sequence.missThrough({ run: 9n, epoch: 4 }, 30n);
  assertEquals([sequence.missed, sequence.lastOf({ run: 9n, epoch: 4 })], [30, 30n]);
  sequence.missThrough({ run: 9n, epoch: 4 }, 20n);
  assertEquals(sequence.missed, 30);
  assertEquals(sequence.isNew({ run: 9n, epoch: 4, number: 7n }), true);
  assertEquals(sequence.missed, 29);
  sequence.missThrough({ run: 9n, epoch: 4 }, 32n);
  assertEquals(sequence.missed, 31);
});
