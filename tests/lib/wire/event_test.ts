import {
  CameraEvent,
  decodeEvent,
  encodeEvent,
  EVENT_REFUSALS,
  EventFlag,
  type EventFormat,
} from "../../../lib/wire/event.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { flipBits } from "../../elements.ts";
import { fc } from "../../property.ts";

/** Slots 0, 5 and 31 are in. */
const MASK = 0x80000021;
const SLOTS_IN = [0, 5, 31];
const NUMBER = 7n;
const RUN = 1_540_000_000n;
const TIMESTAMP = 1_540_000_000_123_456_789n;
const RECEIVE_S = 1_700_000_001n;
const RECEIVE_NS = 987_654_321;
const FLAGS = 1 + 8;
const SPREAD_NS = 62;
const EPOCH = 0xfedcba98;

/** mV of a pixel of the golden event; pixel (5, 63) is NaN although its module is in. */
function millivoltsAt(slot: number, line: number): number {
  if (!SLOTS_IN.includes(slot) || (slot === 5 && line === 63)) return NaN;
  return slot * 100 + line + 0.25;
}

/** The 32 bytes at the end of our messages, by the design's "Published event". */
function writeTrailer(view: DataView, at: number): void {
  view.setUint8(at, "S".charCodeAt(0));
  view.setUint8(at + 1, "S".charCodeAt(0));
  view.setUint8(at + 2, "D".charCodeAt(0));
  view.setUint8(at + 3, "1".charCodeAt(0));
  view.setUint32(at + 4, MASK, true); // module mask
  view.setBigUint64(at + 8, RECEIVE_S, true); // receive time, s
  view.setUint32(at + 16, RECEIVE_NS, true); // receive time, ns
  view.setUint32(at + 20, FLAGS, true); // complete, first after a reset
  view.setUint32(at + 24, SPREAD_NS, true); // TACK spread
  view.setUint32(at + 28, EPOCH, true); // epoch
}

function writeMillivolts(view: DataView, at: number): void {
  for (let slot = 0; slot < 32; slot++) {
    for (let line = 0; line < 64; line++) {
      view.setFloat64(at + (slot * 64 + line) * 8, millivoltsAt(slot, line), true);
    }
  }
}

/** An event message: the original's `SSEvent`, 16920 bytes, and the trailer. */
function goldenEvent(): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16952));
  view.setBigUint64(0, NUMBER, true); // event_number
  view.setBigUint64(8, RUN, true); // run_number
  view.setBigUint64(16, TIMESTAMP, true); // event_timestamp
  writeMillivolts(view, 24); // f64[32][64]
  for (const slot of SLOTS_IN) {
    view.setBigUint64(16408 + slot * 16, TIMESTAMP + BigInt(2 * slot), true); // t_prim
    view.setBigUint64(16408 + slot * 16 + 8, BigInt(1000 + slot), true); // t_aux
  }
  writeTrailer(view, 16920);
  return new Uint8Array(view.buffer);
}

/** A readout message: the original's `SSReadout`, 16416 bytes, and the trailer. */
function goldenReadout(): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16448));
  view.setBigUint64(0, NUMBER, true); // iro
  view.setBigUint64(8, TIMESTAMP, true); // time
  view.setBigUint64(16, RECEIVE_S, true); // cpu_t_s
  view.setBigUint64(24, BigInt(RECEIVE_NS), true); // cpu_t_ns
  writeMillivolts(view, 32); // f64[32][64]
  writeTrailer(view, 16416);
  return new Uint8Array(view.buffer);
}

/** The event of a message that is one. */
function eventOf(message: Uint8Array): CameraEvent {
  const event = decodeEvent(message);
  assert(event instanceof CameraEvent, `refused: ${event}`);
  return event;
}

/** The golden event put together by the accessors. */
function builtEvent(): CameraEvent {
  const event = new CameraEvent();
  event.number = NUMBER;
  event.run = RUN;
  event.setTimestamp(Number(TIMESTAMP >> 32n), Number(TIMESTAMP & 0xffffffffn));
  event.mask = MASK;
  event.flags = EventFlag.complete + EventFlag.reset;
  event.spreadNs = SPREAD_NS;
  event.epoch = EPOCH;
  event.setReceiveTime(RECEIVE_S, RECEIVE_NS);
  for (const slot of SLOTS_IN) {
    const tPrim = TIMESTAMP + BigInt(2 * slot);
    event.setTimes(slot, Number(tPrim >> 32n), Number(tPrim & 0xffffffffn), 0, 1000 + slot);
    for (let line = 0; line < 64; line++) event.module(slot)[line] = millivoltsAt(slot, line);
  }
  return event;
}

function assertGoldenVoltages(event: CameraEvent): void {
  for (let slot = 0; slot < 32; slot++) {
    for (let line = 0; line < 64; line++) {
      const millivolts = event.millivolts[slot * 64 + line];
      assert(Object.is(millivolts, millivoltsAt(slot, line)), `slot ${slot} line ${line}`);
    }
  }
}

function assertNoTimes(event: CameraEvent): void {
  assert(event.timesBytes.every((byte) => byte === 0));
}

Deno.test("decodeEvent() reads every part of the golden event message", () => {
  const event = eventOf(goldenEvent());
  assertEquals([event.number, event.run, event.timestampNs], [NUMBER, RUN, TIMESTAMP]);
  assertEquals([event.mask, event.flags, event.spreadNs], [MASK, FLAGS, SPREAD_NS]);
  assertEquals(event.receiveSeconds, RECEIVE_S);
  assertEquals(event.receiveNanoseconds, RECEIVE_NS);
  assertGoldenVoltages(event);
  for (let slot = 0; slot < 32; slot++) {
    const isIn = SLOTS_IN.includes(slot);
    assertEquals(event.tPrim(slot), isIn ? TIMESTAMP + BigInt(2 * slot) : 0n);
    assertEquals(event.tAux(slot), isIn ? BigInt(1000 + slot) : 0n);
  }
  assertEquals(event.timesBytes, goldenEvent().subarray(16408, 16920));
});

Deno.test("decodeEvent() reads every part of the golden readout message", () => {
  const event = eventOf(goldenReadout());
  assertEquals([event.number, event.run, event.timestampNs], [NUMBER, 0n, TIMESTAMP]);
  assertEquals([event.mask, event.flags, event.spreadNs], [MASK, FLAGS, SPREAD_NS]);
  assertEquals(event.receiveSeconds, RECEIVE_S);
  assertEquals(event.receiveNanoseconds, RECEIVE_NS);
  assertGoldenVoltages(event);
  assertNoTimes(event);
});

Deno.test("decodeEvent() reads the original's SSEvent and finds the modules in it", () => {
  const event = eventOf(goldenEvent().subarray(0, 16920));
  assertEquals([event.number, event.run, event.timestampNs], [NUMBER, RUN, TIMESTAMP]);
  assertEquals([event.mask, event.flags, event.spreadNs], [MASK, 0, 0]);
  assertEquals([event.receiveSeconds, event.receiveNanoseconds], [0n, 0]);
  assertGoldenVoltages(event);
  assertEquals(event.timesBytes, goldenEvent().subarray(16408, 16920));
});

Deno.test("decodeEvent() reads the original's SSReadout and finds the modules in it", () => {
  const event = eventOf(goldenReadout().subarray(0, 16416));
  assertEquals([event.number, event.run, event.timestampNs], [NUMBER, 0n, TIMESTAMP]);
  assertEquals([event.mask, event.flags, event.spreadNs], [MASK, 0, 0]);
  assertEquals([event.receiveSeconds, event.receiveNanoseconds], [RECEIVE_S, RECEIVE_NS]);
  assertGoldenVoltages(event);
  assertNoTimes(event);
});

Deno.test("encodeEvent() makes the golden messages of an event built by hand", () => {
  assertEquals(encodeEvent(builtEvent(), "event"), goldenEvent());
  assertEquals(encodeEvent(builtEvent(), "readout"), goldenReadout());
});

Deno.test("encodeEvent() gives the event's own memory in the event format, a copy otherwise", () => {
  const event = builtEvent();
  assert(encodeEvent(event, "event").buffer === event.bytes.buffer);
  assert(encodeEvent(event, "readout").buffer !== event.bytes.buffer);
});

Deno.test("the flags are the bits the design gives", () => {
  assertEquals({ ...EventFlag }, { complete: 1, deadline: 2, evicted: 4, reset: 8 });
});

Deno.test("a new event has no module: voltages NaN, everything else 0", () => {
  const event = new CameraEvent();
  assert(event.millivolts.every(Number.isNaN));
  assertEquals([event.number, event.run, event.timestampNs], [0n, 0n, 0n]);
  assertEquals([event.mask, event.flags, event.spreadNs], [0, 0, 0]);
  assertNoTimes(event);
  assertEquals(eventOf(event.bytes).bytes, event.bytes);
});

Deno.test("new events share no memory with each other", () => {
  const first = new CameraEvent();
  first.millivolts.fill(1);
  first.number = 1n;
  const second = new CameraEvent();
  assertEquals(second.number, 0n);
  assert(second.millivolts.every(Number.isNaN));
});

Deno.test("an event of any other number of bytes is a RangeError", () => {
  for (const size of [0, 16920, 16951, 16953]) {
    assertThrows(() => new CameraEvent(new ArrayBuffer(size)), RangeError, `not ${size}`);
  }
});

Deno.test("decodeEvent() copies the message", () => {
  for (const message of [goldenEvent(), goldenReadout()]) {
    const event = eventOf(message);
    message.fill(0);
    assertEquals(event.number, NUMBER);
    assertGoldenVoltages(event);
  }
});

Deno.test("decodeEvent() reads messages at odd offsets in larger memory", () => {
  for (const message of [goldenEvent(), goldenReadout()]) {
    for (const size of [message.length, message.length - 32]) {
      const memory = new Uint8Array(size + 20);
      memory.set(message.subarray(0, size), 5);
      const event = eventOf(memory.subarray(5, 5 + size));
      assertEquals(event.bytes, eventOf(message.subarray(0, size)).bytes);
    }
  }
});

Deno.test("decodeEvent() refuses every other size", () => {
  const known = [16416, 16448, 16920, 16952];
  const others = [0, 1, 1440, 20_000, ...known.flatMap((size) => [size - 1, size + 1])];
  for (const size of others) assertEquals(decodeEvent(new Uint8Array(size)), "size");
  for (const size of known.filter((_, i) => i % 2 === 0)) eventOf(new Uint8Array(size));
});

Deno.test("decodeEvent() refuses messages of our sizes without our mark", () => {
  for (const [message, magicAt] of [[goldenEvent(), 16920], [goldenReadout(), 16416]] as const) {
    for (let i = 0; i < 4; i++) {
      const marred = message.slice();
      flipBits(marred, magicAt + i, 1);
      assertEquals(decodeEvent(marred), "magic");
    }
  }
});

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

Deno.test("decodeEvent() gives back any event in its own format, bit for bit", () => {
  const fields = fc.record({
    number: u64,
    run: u64,
    timestampNs: u64,
    mask: u32,
    flags: u32,
    spreadNs: u32,
    receiveSeconds: u64,
    receiveNanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  });
  const times = fc.array(fc.tuple(u32, u32, u32, u32), { minLength: 32, maxLength: 32 });
  const pixels = fc.array(fc.tuple(fc.nat(2047), fc.double()), { maxLength: 100 });
  fc.assert(fc.property(fields, times, pixels, (fields, times, pixels) => {
    const { receiveSeconds, receiveNanoseconds, ...settable } = fields;
    const event = Object.assign(new CameraEvent(), settable);
    event.setReceiveTime(receiveSeconds, receiveNanoseconds);
    times.forEach((halves, slot) => event.setTimes(slot, ...halves));
    for (const [pixel, millivolts] of pixels) event.millivolts[pixel] = millivolts;

    const decoded = eventOf(encodeEvent(event, "event"));
    assertEquals(decoded.bytes, event.bytes);
    for (const key of Object.keys(fields) as (keyof typeof fields)[]) {
      assertEquals(decoded[key], fields[key], key);
    }
    times.forEach(([primHigh, primLow, auxHigh, auxLow], slot) => {
      assertEquals(decoded.tPrim(slot), BigInt(primHigh) * 2n ** 32n + BigInt(primLow));
      assertEquals(decoded.tAux(slot), BigInt(auxHigh) * 2n ** 32n + BigInt(auxLow));
    });

    const readout = eventOf(encodeEvent(event, "readout"));
    for (const key of Object.keys(fields) as (keyof typeof fields)[]) {
      assertEquals(readout[key], key === "run" ? 0n : fields[key], key);
    }
    assertEquals(readout.millivolts, event.millivolts);
  }));
});

Deno.test("nothing that a message may hold makes decodeEvent() throw", () => {
  const size = fc.constantFrom(0, 16415, 16416, 16448, 16920, 16952, 17000);
  const formats = fc.constantFrom<EventFormat>("event", "readout");
  fc.assert(fc.property(size, u32, fc.boolean(), formats, (size, seed, marked, format) => {
    const message = new Uint8Array(size);
    for (let i = 0; i < size; i++) message[i] = Math.imul(i + seed, 0x9e3779b1) >>> 24;
    if (marked && size > 32) message.set(new TextEncoder().encode("SSD1"), size - 32);
    const event = decodeEvent(message);
    if (event instanceof CameraEvent) encodeEvent(event, format);
    else assert(EVENT_REFUSALS.includes(event));
  }));
});
