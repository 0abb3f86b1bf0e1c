import {
  adcToMillivolts,
  type ByteOrder,
  decodePacket,
  encodePacket,
  MAX_PACKET_BYTES,
  millivoltsToAdc,
  type ModuleReadout,
  PACKET_REFUSALS,
  PacketView,
  READOUT_BYTES,
} from "../../../lib/wire/packet.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { nth } from "../../elements.ts";
import { fc } from "../../property.ts";

/**
 * One readout by hand: tPrim 1 540 000 000 123 456 789 ns (2^53 is 9.0e15), which is
 * 0x155F2DD74175CD15; raw line l has the ADC word 0x8100 + l, but line 0 has 0 mV (0x8000) and
 * line 63 has 400 mV (0x947A); tAux is 0x0102030405060708.
 */
const GOLDEN_BIG = hex(
  "155F2DD74175CD15" + // t_prim
    "8000" + "8101 8102 8103 8104 8105 8106 8107" + // primary board: lines 0..7
    "8108 8109 810A 810B 810C 810D 810E 810F" + // 8..15
    "8110 8111 8112 8113 8114 8115 8116 8117" + // 16..23
    "8118 8119 811A 811B 811C 811D 811E 811F" + // 24..31
    "0102030405060708" + // t_aux
    "8120 8121 8122 8123 8124 8125 8126 8127" + // auxiliary board: lines 32..39
    "8128 8129 812A 812B 812C 812D 812E 812F" + // 40..47
    "8130 8131 8132 8133 8134 8135 8136 8137" + // 48..55
    "8138 8139 813A 813B 813C 813D 813E" + "947A", // 56..63
);

/** The same readout as a little-endian sender writes it. */
const GOLDEN_LITTLE = hex(
  "15CD7541D72D5F15" + // t_prim
    "0080" + "0181 0281 0381 0481 0581 0681 0781" + // primary board: lines 0..7
    "0881 0981 0A81 0B81 0C81 0D81 0E81 0F81" + // 8..15
    "1081 1181 1281 1381 1481 1581 1681 1781" + // 16..23
    "1881 1981 1A81 1B81 1C81 1D81 1E81 1F81" + // 24..31
    "0807060504030201" + // t_aux
    "2081 2181 2281 2381 2481 2581 2681 2781" + // auxiliary board: lines 32..39
    "2881 2981 2A81 2B81 2C81 2D81 2E81 2F81" + // 40..47
    "3081 3181 3281 3381 3481 3581 3681 3781" + // 48..55
    "3881 3981 3A81 3B81 3C81 3D81 3E81" + "7A94", // 56..63
);

const GOLDEN_READOUT: ModuleReadout = {
  tPrim: 1_540_000_000_123_456_789n,
  tAux: 0x0102030405060708n,
  words: Uint16Array.from({ length: 64 }, (_, line) => {
    if (line === 0) return 0x8000;
    return line === 63 ? 0x947a : 0x8100 + line;
  }),
};

function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const byteOrders = fc.constantFrom<ByteOrder>("big", "little");
const moduleReadout: fc.Arbitrary<ModuleReadout> = fc.record({
  tPrim: u64,
  tAux: u64,
  words: fc.uint16Array({ minLength: 64, maxLength: 64 }),
});

/** A packet of readouts at these times. */
function packetAt(times: bigint[], byteOrder: ByteOrder): Uint8Array<ArrayBuffer> {
  const words = new Uint16Array(64);
  return encodePacket(
    times.map((time) => ({ tPrim: BigInt.asUintN(64, time), tAux: 0n, words })),
    byteOrder,
  );
}

function other(byteOrder: ByteOrder): ByteOrder {
  return byteOrder === "big" ? "little" : "big";
}

Deno.test("decodePacket() reads the golden readout in both byte orders", () => {
  assertEquals(GOLDEN_BIG.length, 144);
  assertEquals(GOLDEN_LITTLE.length, 144);
  assertEquals(decodePacket(GOLDEN_BIG), [GOLDEN_READOUT]);
  assertEquals(decodePacket(GOLDEN_BIG, "big"), [GOLDEN_READOUT]);
  assertEquals(decodePacket(GOLDEN_LITTLE, "little"), [GOLDEN_READOUT]);
});

Deno.test("encodePacket() writes the golden readout in both byte orders", () => {
  assertEquals(encodePacket([GOLDEN_READOUT]), GOLDEN_BIG);
  assertEquals(encodePacket([GOLDEN_READOUT], "big"), GOLDEN_BIG);
  assertEquals(encodePacket([GOLDEN_READOUT], "little"), GOLDEN_LITTLE);
});

for (const [byteOrder, bytes] of [["big", GOLDEN_BIG], ["little", GOLDEN_LITTLE]] as const) {
  Deno.test(`PacketView reads the golden readout's parts, ${byteOrder}-endian`, () => {
    const view = new PacketView(byteOrder);
    assertEquals(view.read(bytes, 0, bytes.length), undefined);
    assertEquals(view.count, 1);
    assertEquals([view.tackHigh(0), view.tackLow(0)], [0x155f2dd7, 0x4175cd15]);
    assertEquals([view.auxHigh(0), view.auxLow(0)], [0x01020304, 0x05060708]);
    const millivolts = new Float64Array(66).fill(-1);
    view.millivoltsInto(0, millivolts, 1);
    assertEquals([millivolts[0], millivolts[65]], [-1, -1]);
    assertEquals(millivolts[1 + 0], 0);
    // 0x101, 0x11F and 0x120 counts of 0.0763 mV; 0x147A counts are 399.9 mV.
    assertAlmostEquals(nth(millivolts, 1 + 1), 257 * 0.0763, 1e-9);
    assertAlmostEquals(nth(millivolts, 1 + 31), 287 * 0.0763, 1e-9);
    assertAlmostEquals(nth(millivolts, 1 + 32), 288 * 0.0763, 1e-9);
    assertAlmostEquals(nth(millivolts, 1 + 63), 400, 0.0763 / 2);
  });
}

Deno.test("PacketView reads a packet at an odd offset in shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(1000), 3);
  const at = 101;
  const pair = packetAt([5n, 6n], "big");
  pair.set(GOLDEN_BIG, 144);
  pair.set(GOLDEN_BIG.subarray(0, 8), 0);
  shared.set(pair, at);
  const view = new PacketView();
  assertEquals(view.read(shared, at, 288), undefined);
  assertEquals(view.readout(1), GOLDEN_READOUT);
  const copy = new Uint8Array(150);
  view.copyInto(1, copy, 5);
  assertEquals(copy.subarray(5, 149), GOLDEN_BIG);
});

Deno.test("PacketView finds swapped bytes at an odd offset in shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(1000), 3);
  shared.set(packetAt([1_540_000_000_123_456_789n, 1_540_000_000_223_456_789n], "little"), 101);
  const view = new PacketView("big");
  assertEquals(view.read(shared, 101, 288), "byteOrder");
  assertEquals(view.count, 0);
});

Deno.test("a packet of 1 to 62 readouts is taken, and no other length", () => {
  for (let lengthBytes = 0; lengthBytes <= MAX_PACKET_BYTES + 200; lengthBytes++) {
    const outcome = decodePacket(new Uint8Array(lengthBytes));
    if (lengthBytes === 0) assertEquals(outcome, "empty");
    else if (lengthBytes > 9000) assertEquals(outcome, "oversize");
    else if (lengthBytes % 144 !== 0) assertEquals(outcome, "fractional");
    else assertEquals(outcome.length, lengthBytes / 144);
  }
});

Deno.test("every reason to refuse a packet is given for some packet", () => {
  const times = [1_540_000_000_123_456_789n, 1_540_000_000_223_456_789n];
  const refusals = [
    new Uint8Array(0),
    new Uint8Array(63 * 144),
    new Uint8Array(143),
    packetAt(times, "little"),
  ].map((packet) => decodePacket(packet, "big"));
  assertEquals(refusals, [...PACKET_REFUSALS]);
});

Deno.test("PacketView is empty after a packet it refused, and good for the next", () => {
  const view = new PacketView();
  assertEquals(view.read(GOLDEN_BIG, 0, 144), undefined);
  assertEquals(view.read(GOLDEN_BIG, 0, 143), "fractional");
  assertEquals(view.count, 0);
  assertEquals(view.read(GOLDEN_BIG, 0, 144), undefined);
  assertEquals(view.readout(0), GOLDEN_READOUT);
});

Deno.test("PacketView refuses by the length received, even where less was kept", () => {
  assertEquals(new PacketView().read(new Uint8Array(9000), 0, 9144), "oversize");
});

Deno.test("encodePacket() throws for no readouts, for 63, and for a readout of 63 words", () => {
  assertThrows(() => encodePacket([]), RangeError, "packet of 0 readouts");
  const tooMany = Array<ModuleReadout>(63).fill(GOLDEN_READOUT);
  assertThrows(() => encodePacket(tooMany), RangeError, "packet of 63 readouts");
  const short = { ...GOLDEN_READOUT, words: new Uint16Array(63) };
  assertThrows(() => encodePacket([short]), RangeError, "readout of 63 words");
});

Deno.test("decodePacket() gives back any readout that encodePacket() packed", () => {
  fc.assert(fc.property(moduleReadout, byteOrders, (readout, byteOrder) => {
    assertEquals(decodePacket(encodePacket([readout], byteOrder), byteOrder), [readout]);
  }));
});

Deno.test("decodePacket() gives back up to 62 readouts in order", () => {
  const readouts = fc.array(moduleReadout, { minLength: 1, maxLength: 62 });
  fc.assert(
    fc.property(readouts, u64, byteOrders, (readouts, start, byteOrder) => {
      // Even steps, for times at random are now and then taken for swapped ones.
      readouts.forEach((readout, i) => {
        readout.tPrim = BigInt.asUintN(64, start + BigInt(i) * 100_000_000n);
      });
      const packet = encodePacket(readouts, byteOrder);
      assertEquals(packet.length, readouts.length * READOUT_BYTES);
      assertEquals(decodePacket(packet, byteOrder), readouts);
    }),
    { numRuns: 30 },
  );
});

Deno.test("byte-swapped packets are refused as byteOrder at every rate from 1 to 250 Hz", () => {
  const starts = fc.bigInt({ min: 0n, max: 2n ** 63n });
  const counts = fc.integer({ min: 2, max: 62 });
  fc.assert(
    fc.property(starts, fc.integer({ min: 1, max: 250 }), counts, byteOrders, (
      start,
      rate,
      count,
      byteOrder,
    ) => {
      const stepNs = BigInt(Math.round(1e9 / rate));
      const times = Array.from({ length: count }, (_, i) => start + BigInt(i) * stepNs);
      assertEquals(decodePacket(packetAt(times, other(byteOrder)), byteOrder), "byteOrder");
      assertEquals(decodePacket(packetAt(times, byteOrder), byteOrder).length, count);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a packet with a TACK reset in it is not taken for a swapped one", () => {
  const cut = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(u64, u64, cut, byteOrders, (before, after, cut, byteOrder) => {
      const times = Array.from(
        { length: 10 },
        (_, i) => (i < cut ? before : after) + BigInt(i) * 100_000_000n,
      );
      assert(Array.isArray(decodePacket(packetAt(times, byteOrder), byteOrder)));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a packet whose counter restarts at 0 is not taken for a swapped one", () => {
  const unixNs = 1_540_000_000_123_456_789n;
  for (let cut = 1; cut < 10; cut++) {
    const times = Array.from(
      { length: 10 },
      (_, i) => BigInt(i < cut ? i : i - cut) * 100_000_000n + (i < cut ? unixNs : 0n),
    );
    for (const byteOrder of ["big", "little"] as const) {
      assertEquals(decodePacket(packetAt(times, byteOrder), byteOrder).length, 10);
    }
  }
});

Deno.test("a packet that makes sense in both byte orders is taken", () => {
  // 2^40 ns (18 minutes) a readout are 2^16 ns a readout with the bytes swapped.
  const times = Array.from({ length: 10 }, (_, i) => BigInt(i) << 40n);
  for (const byteOrder of ["big", "little"] as const) {
    assertEquals(decodePacket(packetAt(times, byteOrder), byteOrder).length, 10);
    assertEquals(decodePacket(packetAt(times, other(byteOrder)), byteOrder).length, 10);
  }
});

Deno.test("whole readouts of garbage are decoded, for nothing says they are wrong", () => {
  // Without fast-check's liking for small values: two times made of them can look swapped.
  const garbage = fc.noBias(
    fc.integer({ min: 1, max: 62 }).chain((count) =>
      fc.uint8Array({ minLength: count * 144, maxLength: count * 144, size: "max" })
    ),
  );
  fc.assert(fc.property(garbage, byteOrders, (bytes, byteOrder) => {
    assertEquals(decodePacket(bytes, byteOrder).length, bytes.length / 144);
  }));
});

Deno.test("nothing that a datagram may hold makes decodePacket() throw", () => {
  const bytes = fc.uint8Array({ maxLength: 9100, size: "max" });
  fc.assert(fc.property(bytes, byteOrders, (bytes, byteOrder) => {
    const outcome = decodePacket(bytes, byteOrder);
    assert(Array.isArray(outcome) || PACKET_REFUSALS.includes(outcome));
  }));
});

Deno.test("ADC words and millivolts at the points the domain gives", () => {
  assertEquals(adcToMillivolts(0x8000), 0);
  assertAlmostEquals(adcToMillivolts(0x947a), 400, 0.0763 / 2);
  assertAlmostEquals(adcToMillivolts(0x7fff), 5000.3, 0.05);
  assertAlmostEquals(adcToMillivolts(0x0000), 32768 * 0.0763, 1e-9);
  assertEquals(millivoltsToAdc(0), 0x8000);
  assertEquals(millivoltsToAdc(400), 0x947a);
});

Deno.test("millivoltsToAdc() clips to the ADC's range", () => {
  for (const below of [-0.04, -1, -Infinity]) assertEquals(millivoltsToAdc(below), 0x8000);
  for (const above of [5000.4, 1e9, Infinity]) assertEquals(millivoltsToAdc(above), 0x7fff);
});

Deno.test("millivoltsToAdc() is the inverse of adcToMillivolts() for every word", () => {
  for (let word = 0; word <= 0xffff; word++) {
    assertEquals(millivoltsToAdc(adcToMillivolts(word)), word);
  }
});

Deno.test("millivoltsToAdc() gives the nearest word", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 5000.3, noNaN: true }), (millivolts) => {
    const error = adcToMillivolts(millivoltsToAdc(millivolts)) - millivolts;
    assert(Math.abs(error) <= 0.0763 / 2 + 1e-9);
  }));
});
