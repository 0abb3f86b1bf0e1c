import { ConfigurationError } from "../../lib/errors.ts";
import { type ByteOrder, decodePacket, type ModuleReadout } from "../../lib/wire/packet.ts";
import { RandomWalk } from "../../sim/scene/random_walk.ts";
import {
  simulatedPackets,
  simulatedReadouts,
  simulatedTicks,
} from "../../sim/simulated_packets.ts";
import { type SimulationOptions, simulationSettings } from "../../sim/simulation_options.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../assert.ts";
import { nth } from "../elements.ts";
import { fc } from "../property.ts";

const FIXED = { firstTackNs: 1_540_000_000_123_456_789n, firstAuxNs: 42n };

/** Packets with memory of their own. */
function packetsOf(options: SimulationOptions) {
  const all = [];
  for (const { packets, ...tick } of simulatedTicks(simulationSettings(options))) {
    all.push(...packets.map(({ slot, bytes }) => ({ ...tick, slot, bytes: bytes.slice() })));
  }
  return all;
}

function decoded(bytes: Uint8Array, byteOrder: ByteOrder): ModuleReadout[] {
  const readouts = decodePacket(bytes, byteOrder);
  assert(typeof readouts !== "string", `refused: ${readouts}`);
  return readouts;
}

Deno.test("simulatedTicks() go out module by module, the last packets shorter", () => {
  const packets = packetsOf({ modules: 3, readouts: 7, readoutsPerPacket: 3, rate: 10 });
  assertEquals(
    packets.map(({ slot, firstReadout, readouts, takenMs, bytes }) => [
      firstReadout,
      slot,
      takenMs,
      readouts * 144,
      bytes.length,
    ]),
    [
      [0, 0, 300, 432, 432],
      [0, 1, 300, 432, 432],
      [0, 2, 300, 432, 432],
      [3, 0, 600, 432, 432],
      [3, 1, 600, 432, 432],
      [3, 2, 600, 432, 432],
      [6, 0, 700, 144, 144],
      [6, 1, 700, 144, 144],
      [6, 2, 700, 144, 144],
    ],
  );
});

Deno.test("simulatedPackets() are those of the ticks, one by one", () => {
  const options = { ...FIXED, modules: 3, readouts: 7, readoutsPerPacket: 3 };
  const packets = Array.from(
    simulatedPackets(simulationSettings(options)),
    ({ slot, bytes }) => ({ slot, bytes: bytes.slice() }),
  );
  assertEquals(packets, packetsOf(options).map(({ slot, bytes }) => ({ slot, bytes })));
});

Deno.test("simulatedReadouts() are what the packets hold, in the same order", () => {
  const options = fc.record({
    modules: fc.integer({ min: 1, max: 32 }),
    rate: fc.double({ min: 0.01, max: 1000, noNaN: true }),
    readoutsPerPacket: fc.integer({ min: 1, max: 62 }),
    readouts: fc.integer({ min: 1, max: 70 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    byteOrder: fc.constantFrom<ByteOrder>("big", "little"),
    firstTackNs: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    firstAuxNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  });
  fc.assert(
    fc.property(options, (options) => {
      const sent = packetsOf(options).flatMap(({ slot, firstReadout, bytes }) =>
        decoded(bytes, options.byteOrder)
          .map((readout, i) => ({ slot, index: firstReadout + i, readout }))
      );
      assertEquals(sent.length, options.modules * options.readouts);
      assertEquals([...simulatedReadouts(options)], sent);
    }),
    { numRuns: 30 },
  );
});

Deno.test("simulatedReadouts() carry each slot's signal and the shared times", () => {
  const signals = [new RandomWalk(9, 0), new RandomWalk(9, 1)];
  const options = { ...FIXED, modules: 2, seed: 9, readouts: 25, rate: 3 };
  for (const { slot, index, readout } of simulatedReadouts(options)) {
    const signal = nth(signals, slot);
    assertEquals(readout.words, signal.words);
    signal.step();
    // Thirds of a second: three readouts a second, rounded to the nanosecond.
    const offsetNs = BigInt(Math.floor(index / 3)) * 1_000_000_000n +
      nth([0n, 333_333_333n, 666_666_667n], index % 3);
    assertEquals(readout.tPrim, 1_540_000_000_123_456_789n + offsetNs);
    assertEquals(readout.tAux, 42n + offsetNs);
  }
});

Deno.test("simulated TACK times beyond 2^53 are exact, and pass 2^64 as a counter does", () => {
  const last = 2n ** 64n - 1n;
  const options = { modules: 1, readouts: 3, firstTackNs: last, firstAuxNs: last - 100_000_000n };
  const readouts = Array.from(simulatedReadouts(options), ({ readout }) => readout);
  assertEquals(readouts.map(({ tPrim }) => tPrim), [last, 99_999_999n, 199_999_999n]);
  assertEquals(readouts.map(({ tAux }) => tAux), [last - 100_000_000n, last, 99_999_999n]);
});

Deno.test("the same options give the same packets, another seed others", () => {
  const options = { ...FIXED, modules: 4, readouts: 30 };
  assertEquals(packetsOf({ ...options, seed: 5 }), packetsOf({ ...options, seed: 5 }));
  assertNotEquals(packetsOf({ ...options, seed: 5 }), packetsOf({ ...options, seed: 6 }));
});

Deno.test("a slot's readouts do not depend on the packets they are in, or on other modules", () => {
  const readoutsOfSlot1 = (options: SimulationOptions) =>
    [...simulatedReadouts({ ...FIXED, readouts: 20, ...options })].filter(({ slot }) => slot === 1);
  assertEquals(
    readoutsOfSlot1({ modules: 2, readoutsPerPacket: 1 }),
    readoutsOfSlot1({ modules: 32, readoutsPerPacket: 17 }),
  );
});

Deno.test("simulatedReadouts() has no end unless it is given one", () => {
  let count = 0;
  for (const { index } of simulatedReadouts({ modules: 1 })) {
    assertEquals(index, count);
    if (++count === 1000) break;
  }
  assertEquals(count, 1000);
});

Deno.test("simulatedReadouts() refuses what a simulator refuses", () => {
  assertThrows(() => [...simulatedReadouts({ modules: 33 })], ConfigurationError, "modules is 33");
});

Deno.test("simulated signals are the same in either byte order", () => {
  const [big, little] = (["big", "little"] as const).map((byteOrder) => [
    ...simulatedReadouts({ ...FIXED, modules: 2, readouts: 15, byteOrder }),
  ]);
  assertEquals(little, big);
});
