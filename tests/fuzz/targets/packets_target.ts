import { Buffer } from "node:buffer";
import { Builder } from "../../../lib/builder/builder.ts";
import { brokenIdentities, newDaemonLedger } from "../../../lib/ledger/ledger.ts";
import { countSlots } from "../../../lib/wire/camera.ts";
import { type CameraEvent, EventFlag } from "../../../lib/wire/event.ts";
import {
  decodePacket,
  encodePacket,
  MAX_PACKET_BYTES,
  type PacketRefusal,
  PacketView,
  READOUT_BYTES,
} from "../../../lib/wire/packet.ts";
import { assert, assertEquals } from "../../assert.ts";
import type { FuzzTarget } from "../engine/fuzz_target.ts";
import { ByteReader } from "./byte_reader.ts";

const FIRST_TACK_NS = 1_790_000_000_000_000_000n;
const MAX_OPEN_EVENTS = 40;
const MAX_HELD_READOUTS = 2048;
const WORDS = Uint16Array.from({ length: 64 }, (_, line) => 0x8000 + 257 * line);

/** Kinds of entries, in the upper three bits of their first byte; the slot is in the lower ones. */
const Kind = { camera: 0, times: 1, raw: 2, time: 3, run: 4, drain: 5, moment: 6 } as const;

/** What the builder does with packets, checked at each step. */
class CheckedBuilder {
  readonly #ledger = newDaemonLedger();
  readonly #builder: Builder;
  readonly #view = new PacketView();
  #nowMs = 1000;
  #last: CameraEvent | undefined;
  #placed = 0;

  constructor(settings: number) {
    const slots = (settings & 1) === 0 ? undefined : 0xff;
    const windowNs = (settings & 2) === 0 ? 10_000_000 : 1000;
    const maxOpenEvents = (settings & 4) === 0 ? MAX_OPEN_EVENTS : 1024;
    this.#builder = new Builder({ slots, windowNs, maxOpenEvents }, this.#ledger);
  }

  take(reader: ByteReader): void {
    const first = reader.u8();
    const slot = first & 31;
    switch (first >> 5) {
      case Kind.camera: {
        const startNs = FIRST_TACK_NS + BigInt(reader.u16()) * 100_000_000n;
        return this.#add(slot, this.#packet(startNs, 1 + reader.u8() % 10, 100_000_000n));
      }
      case Kind.times: {
        const stepNs = BigInt(reader.i16()) * 1_000_000n;
        return this.#add(slot, this.#packet(reader.u64(), 1 + reader.u8() % 12, stepNs));
      }
      case Kind.raw:
        return this.#addRaw(slot, reader.part(reader.u16() % (MAX_PACKET_BYTES + 200)));
      case Kind.time:
        this.#nowMs += reader.u16();
        return this.#emit();
      case Kind.run:
        return this.#builder.startRun(reader.u64(), reader.u16());
      case Kind.drain:
        return this.#check(this.#builder.drain());
      default: {
        const tackNs = FIRST_TACK_NS + BigInt(reader.i16()) * 20_000_000n;
        for (let each = 0; each < 32; each++) this.#addQuietly(each, this.#packet(tackNs, 1, 0n));
        this.#emit();
      }
    }
  }

  end(): void {
    this.#check(this.#builder.drain());
    const { readouts, events } = this.#ledger;
    assertEquals(this.#builder.openEvents, 0);
    assertEquals(this.#builder.heldReadouts, 0);
    assertEquals(readouts.placed, this.#placed);
    events.published = events.built;
    assertEquals(brokenIdentities(this.#ledger), []);
  }

  #packet(startNs: bigint, count: number, stepNs: bigint): Uint8Array {
    return encodePacket(Array.from({ length: count }, (_, index) => {
      const tPrim = BigInt.asUintN(64, startNs + BigInt(index) * stepNs);
      return { tPrim, tAux: tPrim ^ 0xffn, words: WORDS };
    }));
  }

  #add(slot: number, bytes: Uint8Array): void {
    this.#addQuietly(slot, bytes);
    this.#emit();
  }

  #addRaw(slot: number, bytes: Uint8Array): void {
    checkPacket(bytes, this.#view.read(bytes, 0, bytes.length));
    this.#add(slot, bytes);
  }

  #addQuietly(slot: number, bytes: Uint8Array): void {
    const { packets, malformed } = this.#ledger;
    packets.received++;
    const refusal = this.#view.read(bytes, 0, bytes.length);
    if (refusal !== undefined) {
      packets.malformed++;
      malformed[refusal]++;
      assertEquals(this.#view.count, 0);
      return;
    }
    packets.accepted++;
    this.#builder.add({
      ...{ slot, packet: this.#view, nowMs: this.#nowMs },
      ...{ receiveSeconds: 1_790_000_000, receiveNanoseconds: 1 },
    });
  }

  #emit(): void {
    const builder = this.#builder;
    this.#check(builder.emit(this.#nowMs));
    assert(builder.openEvents <= 1024 && builder.heldReadouts <= MAX_HELD_READOUTS);
    assert(builder.nextCallMs > this.#nowMs, "the builder asks to be called at once, again");
    builder.offsets.unsynchronised(this.#nowMs);
  }

  #check(events: readonly CameraEvent[]): void {
    for (const event of events) {
      const last = this.#last;
      const { mask, run, epoch, number, timestampNs, flags } = event;
      const isSameRun = last !== undefined && last.run === run && last.epoch === epoch;
      assert(number === 1n || isSameRun && number === last.number + 1n, "a wrong number");
      const isAfter = last === undefined || timestampNs > last.timestampNs;
      assert(isAfter || (flags & EventFlag.reset) !== 0, "events are out of order");
      assert(mask !== 0, "an event of nothing");
      this.#placed += countSlots(mask);
      this.#last = event;
    }
  }
}

/** The rules for packets, once more and independent. */
function checkPacket(bytes: Uint8Array, refusal: PacketRefusal | undefined): void {
  const { length } = bytes;
  if (length === 0) return assertEquals(refusal, "empty");
  if (length > 9000) return assertEquals(refusal, "oversize");
  if (length % 144 !== 0) return assertEquals(refusal, "fractional");
  if (refusal !== undefined) return assertEquals(refusal, "byteOrder");
  const readouts = decodePacket(bytes);
  assert(typeof readouts !== "string" && readouts.length === length / READOUT_BYTES);
  assert(Buffer.compare(encodePacket(readouts), bytes) === 0, "it is not encoded back");
}

export const target: FuzzTarget = {
  name: "packets",
  summary: "datagrams of modules, and time that passes between them",
  sources: ["lib/wire/packet.ts", "lib/wire/tack.ts", "lib/builder/"],
  maxBytes: 400,
  seeds: () => [
    Uint8Array.of(0, 6 << 5, 0, 0, 6 << 5, 5, 0, 6 << 5, 10, 0),
    Uint8Array.of(0, 0, 0, 0, 9, 1, 0, 0, 9, 2, 0, 0, 9, 3 << 5, 0xff, 0xff),
    Uint8Array.of(1, (1 << 5) + 3, 100, 0, 1, 2, 3, 4, 5, 6, 7, 8, 30, 2 << 5, 144, 0),
  ],
  open: () =>
    Promise.resolve({
      run(input) {
        const reader = new ByteReader(input);
        const checked = new CheckedBuilder(reader.u8());
        while (reader.hasMore) checked.take(reader);
        checked.end();
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};
