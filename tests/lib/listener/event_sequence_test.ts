import fc from "fast-check";
import { EventSequence } from "../../../lib/listener/event_sequence.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("EventSequence misses nothing before the first event that it hears", () => {
  const sequence = new EventSequence();
  assertEquals(sequence.isNew(1n, 1000n), true);
  assertEquals(sequence.missed, 0);
});

Deno.test("EventSequence counts exactly the numbers left out, whatever is heard", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), (numbers) => {
    const heard = numbers.sort((a, b) => a - b);
    const sequence = new EventSequence();
    for (const number of heard) assertEquals(sequence.isNew(7n, BigInt(number)), true);
    for (const number of heard) assertEquals(sequence.isNew(7n, BigInt(number)), false);
    const span = heard.length === 0 ? 0 : heard[heard.length - 1] - heard[0] + 1;
    assertEquals(sequence.missed, span - heard.length);
  }));
});

Deno.test("EventSequence misses what came before the first event of a later run", () => {
  const sequence = new EventSequence();
  sequence.isNew(1n, 10n);
  sequence.isNew(2n, 4n);
  assertEquals([sequence.missed, sequence.runs], [3, 2]);
});

Deno.test("EventSequence keeps the runs of two publishers apart", () => {
  const sequence = new EventSequence();
  for (let number = 1n; number < 10n; number++) {
    assertEquals(sequence.isNew(1n, number), true);
    assertEquals(sequence.isNew(2n, number), true);
    assertEquals(sequence.isNew(2n, number), false);
  }
  assertEquals([sequence.missed, sequence.runs], [0, 2]);
});

Deno.test("EventSequence sees a restart in messages that have no run number", () => {
  const sequence = new EventSequence();
  sequence.isNew(0n, 5000n);
  assertEquals(sequence.isNew(0n, 4999n), false);
  assertEquals(sequence.isNew(0n, 1n), true);
  assertEquals(sequence.isNew(0n, 2n), true);
  assertEquals([sequence.missed, sequence.runs], [0, 2]);
});

Deno.test("EventSequence goes on after what is there already, and misses what lies between", () => {
  const sequence = new EventSequence(new Map([[3n, 10n]]));
  assertEquals(sequence.gapBefore(3n, 11n), undefined);
  assertEquals(sequence.gapBefore(3n, 15n), { run: 3n, from: 11n, to: 14n });
  assertEquals(sequence.isNew(3n, 10n), false);
  assertEquals([sequence.missed, sequence.runs], [0, 0]);
  assertEquals(sequence.isNew(3n, 15n), true);
  assertEquals([sequence.missed, sequence.runs], [4, 1]);
  assertEquals(sequence.isNew(4n, 3n), true);
  assertEquals([sequence.missed, sequence.runs], [6, 2]);
});

Deno.test("EventSequence misses all from number 1 on when it is to begin there", () => {
  const sequence = new EventSequence();
  assertEquals(sequence.gapBefore(5n, 8n), undefined);
  sequence.missFromFirst();
  assertEquals(sequence.gapBefore(5n, 8n), { run: 5n, from: 1n, to: 7n });
  assertEquals(sequence.isNew(5n, 2n), true);
  assertEquals(sequence.gapBefore(5n, 8n), { run: 5n, from: 3n, to: 7n });
  assertEquals(sequence.isNew(5n, 8n), true);
  assertEquals(sequence.missed, 1 + 5);
});

Deno.test("EventSequence does not believe in a gap of over 1e9 numbers", () => {
  const sequence = new EventSequence();
  assertEquals(sequence.isPlausible(1n, 1_000_000_000_000n), true);
  assertEquals(sequence.isPlausible(1n, 2n ** 63n), false);
  sequence.isNew(1n, 7n);
  assertEquals(sequence.isPlausible(1n, 1_000_000_007n), true);
  assertEquals(sequence.isPlausible(1n, 1_000_000_008n), false);
  assertEquals(sequence.isPlausible(2n, 1_000_000_001n), false);
});
