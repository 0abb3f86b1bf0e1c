import { Buffer } from "node:buffer";
import {
  brokenIdentities,
  newRecorderLedger,
  type RecorderLedger,
} from "../../../lib/ledger/ledger.ts";
import { EventIntake } from "../../../lib/listener/event_intake.ts";
import { EventSequence } from "../../../lib/listener/event_sequence.ts";
import { ROW_BYTES } from "../../../lib/recording/table/columns.ts";
import { decodeRow, encodeRow, eventIn, RowBuffer } from "../../../lib/recording/table/row.ts";
import {
  CameraEvent,
  decodeEvent,
  encodeEvent,
  EVENT_BYTES,
  EVENT_FORMATS,
  ORIGINAL_EVENT_BYTES,
  ORIGINAL_READOUT_BYTES,
  READOUT_MESSAGE_BYTES,
} from "../../../lib/wire/event.ts";
import { assert, assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";
import type { FuzzTarget } from "../engine/fuzz_target.ts";
import { ByteReader } from "./byte_reader.ts";

const SIZES = [EVENT_BYTES, ORIGINAL_EVENT_BYTES, READOUT_MESSAGE_BYTES, ORIGINAL_READOUT_BYTES];
const TRAILER_BYTES = 32;

/**
 * A message: random bytes of any length; or one of the four sizes, of which the head, some bytes
 * somewhere and the trailer are from the input, and the rest is of an event without any module.
 */
function messageFrom(reader: ByteReader, kind: number): Uint8Array {
  if ((kind & 4) !== 0) return reader.part(reader.u16());
  const size = nth(SIZES, kind & 3);
  const empty = new CameraEvent();
  const isEvent = size >= ORIGINAL_EVENT_BYTES;
  const message = encodeEvent(empty, isEvent ? "event" : "readout").slice(0, size);
  message.set(reader.part(1 + (kind >> 3 & 1) * 39));
  if ((kind & 16) !== 0) {
    const at = reader.u16() % (size - TRAILER_BYTES);
    message.set(reader.part(8), at);
  }
  if ((kind & 32) !== 0) message.set(reader.part(TRAILER_BYTES), size - TRAILER_BYTES);
  return message;
}

/** An event of a small number, as a daemon sends it. */
function plainMessage(reader: ByteReader, kind: number): Uint8Array {
  const event = new CameraEvent();
  event.number = BigInt(reader.u8()) << BigInt(kind & 8);
  event.run = BigInt(kind & 3);
  event.epoch = kind >> 4 & 3;
  event.mask = 1;
  return encodeEvent(event, (kind & 4) === 0 ? "event" : "readout");
}

function checkMessage(message: Uint8Array): void {
  const event = decodeEvent(message);
  const hasSize = SIZES.includes(message.length);
  if (typeof event === "string") {
    assert(hasSize === (event === "magic"), `refused for its ${event}`);
    return;
  }
  assert(hasSize);
  assertEquals(event.bytes.length, EVENT_BYTES);
  const again = decodeEvent(encodeEvent(event, "event").slice());
  assert(typeof again !== "string" && isEqual(again.bytes, event.bytes), "it is not encoded back");
  for (const format of EVENT_FORMATS) {
    const encoded = decodeEvent(encodeEvent(event, format).slice());
    assert(typeof encoded !== "string" && encoded.number === event.number);
    assert(isEqual(bytesOf(encoded.millivolts), bytesOf(event.millivolts)));
    assertEquals([encoded.mask, encoded.flags, encoded.epoch], [
      event.mask,
      event.flags,
      event.epoch,
    ]);
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The row of an event has what the event has. */
function checkRow(event: CameraEvent, buffer: RowBuffer): void {
  encodeRow(event, buffer, 0);
  const row = decodeRow(buffer.bytes, 0);
  assertEquals(buffer.bytes.length, ROW_BYTES);
  assertEquals(
    [row.number, row.run, row.timestampNs, row.receiveSeconds, BigInt(row.mask)],
    [event.number, event.run, event.timestampNs, event.receiveSeconds, BigInt(event.mask)],
  );
  const { number, run, epoch } = eventIn(buffer.bytes, 0);
  assertEquals([number, run, epoch], [event.number, event.run, event.epoch]);
}

/** How many messages are counted. */
function accounted({ recorder, refused }: RecorderLedger): number {
  return recorder.heard + refused.size + refused.magic + refused.number;
}

function run(input: Uint8Array, buffer: RowBuffer): void {
  const reader = new ByteReader(input);
  const ledger = newRecorderLedger();
  const after = (reader.u8() & 1) === 0 ? [] : [{ run: 1n, epoch: 1, number: 5n }];
  const intake = new EventIntake(new EventSequence(after), ledger);
  const store = (event: CameraEvent) => {
    if (!intake.isNew(event)) return;
    checkRow(event, buffer);
    ledger.recorder.stored++;
  };
  let messages = 0;
  let nowMs = 0;
  while (reader.hasMore) {
    const kind = reader.u8();
    if (kind >= 240) {
      nowMs += reader.u16();
      intake.release(nowMs).forEach(store);
      assert(intake.nextReleaseMs > nowMs);
      continue;
    }
    const message = kind < 64 ? messageFrom(reader, kind) : plainMessage(reader, kind);
    if (kind < 64) checkMessage(message);
    messages++;
    intake.read(message, nowMs).forEach(store);
    assert(accounted(ledger) <= messages && messages - accounted(ledger) <= 32);
    assert(Number.isSafeInteger(ledger.recorder.missed) && ledger.recorder.missed >= 0);
  }
  intake.release(Infinity).forEach(store);
  intake.refuseHeld();
  assertEquals(accounted(ledger), messages);
  assertEquals(brokenIdentities(ledger), []);
}

export const target: FuzzTarget = {
  name: "events",
  summary: "messages to a listener, of both formats, with and without the 32 bytes at their end",
  sources: [
    ...["lib/wire/event.ts", "lib/wire/run_id.ts", "lib/recording/table/row.ts"],
    ...["event_intake.ts", "event_sequence.ts", "jump_hold.ts"].map((name) =>
      `lib/listener/${name}`
    ),
  ],
  maxBytes: 400,
  seeds: () => [
    Uint8Array.of(0, 80, 1, 80, 2, 80, 4, 240, 0, 99, 80, 3),
    Uint8Array.of(1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    Uint8Array.of(0, 63, ...new Array(90).fill(7)),
    Uint8Array.of(0, 4, 8, 0, 1, 2, 3),
  ],
  open() {
    const buffer = new RowBuffer(1);
    return Promise.resolve({
      run: (input) => run(input, buffer),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
