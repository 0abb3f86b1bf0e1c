import { ConfigurationError } from "../../../lib/errors.ts";
import { ReplayBuffer } from "../../../lib/replay/replay_buffer.ts";
import { decodeEvent, EVENT_BYTES } from "../../../lib/wire/event.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { fc } from "../../property.ts";
import { makeEvent } from "../make_event.ts";

/** Numbers of one run after another, with pauses in them. */
const pushes = fc.array(
  fc.record({ skip: fc.constantFrom(0, 0, 0, 1, 5), newRun: fc.constantFrom(false, false, true) }),
  { maxLength: 60 },
);

/** The numbers of events of a run in messages that stand one after another. */
function numbersIn(messages: Uint8Array, run: bigint): number[] {
  assertEquals(messages.length % EVENT_BYTES, 0);
  return Array.from({ length: messages.length / EVENT_BYTES }, (_, index) => {
    const event = decodeEvent(messages.subarray(index * EVENT_BYTES, (index + 1) * EVENT_BYTES));
    if (typeof event === "string") throw new Error(event);
    assertEquals(event.run, run);
    return Number(event.number);
  });
}

Deno.test("ReplayBuffer gives the last events back by run and number, whatever was put in", () => {
  fc.assert(fc.property(pushes, fc.integer({ min: 1, max: 12 }), (pushes, capacity) => {
    const buffer = new ReplayBuffer(capacity * EVENT_BYTES + 5);
    const all: [run: number, number: number][] = [];
    let [run, number] = [1, 0];
    for (const { skip, newRun } of pushes) {
      if (newRun) [run, number] = [run + 1, 0];
      number += 1 + skip;
      all.push([run, number]);
      buffer.push([makeEvent(number, run)]);
    }
    const kept = all.slice(-capacity);
    assertEquals([buffer.length, buffer.bytes], [kept.length, kept.length * EVENT_BYTES]);
    for (const of of new Set(all.map(([run]) => run))) {
      const expected = kept.filter(([run]) => run === of).map(([, number]) => number);
      const found = (from: number, to?: number, max?: number) => {
        const end = to === undefined ? undefined : BigInt(to);
        const pieces = [...buffer.pieces({ run: BigInt(of) }, BigInt(from), end, max, 3)];
        assert(pieces.every(({ length }) => length > 0 && length <= 3 * EVENT_BYTES));
        return pieces.flatMap((piece) => numbersIn(piece, BigInt(of)));
      };
      assertEquals(found(0), expected);
      assertEquals(found(3, 8), expected.filter((number) => number >= 3 && number <= 8));
      assertEquals(found(0, undefined, 2), expected.slice(0, 2));
    }
    const told = buffer.ranges.flatMap(({ run, from, to }) =>
      Array.from({ length: Number(to - from) + 1 }, (_, index) => [
        Number(run),
        Number(from) + index,
      ])
    );
    assertEquals(told, kept);
  }));
});

Deno.test("ReplayBuffer refuses a size that holds no event", () => {
  assertThrows(() => new ReplayBuffer(EVENT_BYTES - 1), ConfigurationError, "at least 16952B");
});

Deno.test("ReplayBuffer leaves out what has been replaced before its piece is taken", () => {
  const buffer = new ReplayBuffer(4 * EVENT_BYTES);
  buffer.push([1, 2, 3, 4].map((number) => makeEvent(number)));
  const pieces = buffer.pieces({ run: makeEvent(1).run }, 1n, undefined, 4, 2);
  const next = () => {
    const { value } = pieces.next();
    return value === undefined ? undefined : numbersIn(value, makeEvent(1).run);
  };
  assertEquals(next(), [1, 2]);
  buffer.push([5, 6, 7].map((number) => makeEvent(number)));
  assertEquals([next(), next()], [[4], undefined]);
});
