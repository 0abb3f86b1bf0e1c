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
