/**
 * The module packet: a UDP datagram of n readouts of 144 bytes.
 *
 * One readout, in the byte order of the packet (big-endian on hardware):
 *
 * | offset | size | what |
 * |---|---|---|
 * | 0 | u64 | `tPrim`, the TACK time of the primary board in ns |
 * | 8 | 32 x u16 | ADC words of raw lines 0..31 |
 * | 72 | u64 | `tAux`, the stamp of the auxiliary board in ns |
 * | 80 | 32 x u16 | ADC words of raw lines 32..63 |
 *
 * Source: the public history of the Python project SSDAQ (TARGET-C slow signal).
 *
 * @module
 */

import { PIXELS_PER_MODULE } from "./camera.ts";
import { highU32, joinU64, lowU32 } from "./tack.ts";

// The lengths of a packet and of a readout are known, so all reads are in range. They happen for
// each readout, so the code uses `as number` without a check or a call.

/** Size of one readout on the wire. */
export const READOUT_BYTES = 144;

/** The longest packet that is accepted: 62 readouts, as in a jumbo frame. */
export const MAX_PACKET_BYTES = 9000;

const T_PRIM = 0;
const PRIMARY_WORDS = 8;
const T_AUX = 72;
const AUXILIARY_WORDS = 80;
const WORDS_PER_BOARD = PIXELS_PER_MODULE / 2;

/** mV of one ADC count: 2 x 0.03815 mV. */
const MILLIVOLTS_PER_COUNT = 0.03815 * 2;

/** The top bit of an ADC word is inverted. XOR with this converts in both directions. */
const TOP_BIT = 0x8000;

/** Byte order of the numbers in a packet. */
export type ByteOrder = "big" | "little";

/** Every reason to refuse a packet. Each has a counter with the same name in the ledger. */
export const PACKET_REFUSALS = ["empty", "oversize", "fractional", "byteOrder"] as const;

/**
 * Why a packet is refused. `empty`: it has no bytes. `oversize`: it is longer than 9000 bytes.
 * `fractional`: it is not a whole number of readouts. `byteOrder`: its times are plausible only in
 * the other byte order.
 */
export type PacketRefusal = typeof PACKET_REFUSALS[number];

/** One reading of a module's 64 pixels. Only the ADC words are not converted. */
export interface ModuleReadout {
  /** TACK time of the primary board, u64 ns. */
  tPrim: bigint;
  /** Stamp of the auxiliary board, u64 ns. */
  tAux: bigint;
  /** 64 ADC words as in the packet, in raw line order. */
  words: Uint16Array;
}

/**
 * Converts an ADC word to a voltage: (word with its top bit inverted) x 0.0763 mV.
 *
 * @example
 * ```ts
 * import { adcToMillivolts } from "@ssdaq/ssdaq/wire";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(adcToMillivolts(0x8000), 0);
 * ```
 *
 * @param word 0..0xffff
 * @returns 0..5000.3 mV
 */
export function adcToMillivolts(word: number): number {
  return (word ^ TOP_BIT) * MILLIVOLTS_PER_COUNT;
}

/** The ADC word nearest to a voltage. The voltage is clipped to 0..5000.3 mV. */
export function millivoltsToAdc(millivolts: number): number {
  // Math.round is several times slower here: on noise, its branch is mispredicted every other time.
  const counts = Math.floor(millivolts / MILLIVOLTS_PER_COUNT + 0.5);
  return Math.min(Math.max(counts, 0), 0xffff) ^ TOP_BIT;
}

/** Why a packet of this length is refused; undefined if it is a whole number of readouts. */
export function refuseLength(lengthBytes: number): PacketRefusal | undefined {
  if (lengthBytes === 0) return "empty";
  if (lengthBytes > MAX_PACKET_BYTES) return "oversize";
  if (lengthBytes % READOUT_BYTES !== 0) return "fractional";
  return undefined;
}

/**
 * A cursor over the readouts of packets. It allocates nothing for a packet: {@linkcode
 * PacketView.read} points it at one packet after another.
 */
export class PacketView {
  readonly byteOrder: ByteOrder;
  /** Readouts in the packet. */
  count = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  readonly #flip: 0 | 1;
  readonly #flip64: 0 | 7;

  /** @param byteOrder of the packets; `big` on hardware */
  constructor(byteOrder: ByteOrder = "big") {
    this.byteOrder = byteOrder;
    this.#flip = byteOrder === "big" ? 0 : 1;
    this.#flip64 = byteOrder === "big" ? 0 : 7;
  }

  /**
   * Points the view at a packet, or returns why the packet is refused (then the view is empty).
   *
   * The bytes are not copied: the view is valid until they change.
   *
   * @param bytes memory with the packet
   * @param start offset of its first byte
   * @param lengthBytes its length as received, even if fewer bytes were kept
   */
  read(bytes: Uint8Array, start: number, lengthBytes: number): PacketRefusal | undefined {
    this.#bytes = bytes;
    this.#start = start;
    this.count = 0;
    const refusal = refuseLength(lengthBytes);
    if (refusal !== undefined) return refusal;
    this.count = lengthBytes / READOUT_BYTES;
    if (this.#looksSwapped()) {
      this.count = 0;
      return "byteOrder";
    }
    return undefined;
  }

  /** Bits 63..32 of the TACK time of readout `index`. */
  tackHigh(index: number): number {
    return this.#u32(this.#at(index) + T_PRIM, 0);
  }

  /** Bits 31..0 of the TACK time of readout `index`. */
  tackLow(index: number): number {
    return this.#u32(this.#at(index) + T_PRIM, 4);
  }

  /** Bits 63..32 of the auxiliary stamp of readout `index`. */
  auxHigh(index: number): number {
    return this.#u32(this.#at(index) + T_AUX, 0);
  }

  /** Bits 31..0 of the auxiliary stamp of readout `index`. */
  auxLow(index: number): number {
    return this.#u32(this.#at(index) + T_AUX, 4);
  }

  /** Writes the 64 voltages (mV) of readout `index` to `target[at..at + 63]`. */
  millivoltsInto(index: number, target: Float64Array, at: number): void {
    const base = this.#at(index);
    this.#boardInto(base + PRIMARY_WORDS, target, at);
    this.#boardInto(base + AUXILIARY_WORDS, target, at + WORDS_PER_BOARD);
  }

  /** Copies the 144 bytes of readout `index` to `target[at..]`. */
  copyInto(index: number, target: Uint8Array, at: number): void {
    const base = this.#at(index);
    target.set(this.#bytes.subarray(base, base + READOUT_BYTES), at);
  }

  /** Readout `index` as a separate value. */
  readout(index: number): ModuleReadout {
    const words = new Uint16Array(PIXELS_PER_MODULE);
    const base = this.#at(index);
    for (let line = 0; line < PIXELS_PER_MODULE; line++) {
      words[line] = this.#u16(base + wordOffset(line));
    }
    return {
      tPrim: joinU64(this.tackHigh(index), this.tackLow(index)),
      tAux: joinU64(this.auxHigh(index), this.auxLow(index)),
      words,
    };
  }

  #at(index: number): number {
    return this.#start + index * READOUT_BYTES;
  }

  #boardInto(from: number, target: Float64Array, at: number): void {
    const bytes = this.#bytes;
    const high = from + this.#flip;
    const low = from + 1 - this.#flip;
    for (let i = 0; i < WORDS_PER_BOARD; i++) {
      const word = ((bytes[high + 2 * i] as number) << 8) | (bytes[low + 2 * i] as number);
      target[at + i] = (word ^ TOP_BIT) * MILLIVOLTS_PER_COUNT;
    }
  }

  #u16(from: number): number {
    const bytes = this.#bytes;
    return ((bytes[from + this.#flip] as number) << 8) | (bytes[from + 1 - this.#flip] as number);
  }

  /** The u32 at byte `at` (0 or 4, counted from the most significant) of the u64 at `from`. */
  #u32(from: number, at: 0 | 4): number {
    const bytes = this.#bytes;
    const flip = this.#flip64;
    return (((bytes[from + (at ^ flip)] as number) << 24) |
      ((bytes[from + ((at + 1) ^ flip)] as number) << 16) |
      ((bytes[from + ((at + 2) ^ flip)] as number) << 8) |
      (bytes[from + ((at + 3) ^ flip)] as number)) >>> 0;
  }

  /**
   * True if the times in this byte order are more than a day apart, and in the other order rise by
   * less than an hour a readout. That does not happen by chance, but by a wrong setting.
   */
  #looksSwapped(): boolean {
    if (this.count < 2) return false;
    const step = this.tackHigh(1) - this.tackHigh(0);
    if (step > -DAY_HIGH && step < DAY_HIGH) return false;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    let before = view.getBigUint64(this.#start, this.byteOrder === "big");
    for (let index = 1; index < this.count; index++) {
      const time = view.getBigUint64(this.#at(index), this.byteOrder === "big");
      if (time <= before || time - before > HOUR_NS) return false;
      before = time;
    }
    return true;
  }
}

/** A day in units of 2^32 ns. */
const DAY_HIGH = 86400 / 4.294967296;
const HOUR_NS = 3_600_000_000_000n;

/** Offset of the ADC word of a raw line (0..63) in a readout. */
function wordOffset(line: number): number {
  return line < WORDS_PER_BOARD
    ? PRIMARY_WORDS + 2 * line
    : AUXILIARY_WORDS + 2 * (line - WORDS_PER_BOARD);
}

/**
 * Decodes a whole packet.
 *
 * @example
 * ```ts
 * import { decodePacket } from "@ssdaq/ssdaq/wire";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodePacket(new Uint8Array(143)), "fractional");
 * ```
 *
 * @param bytes the datagram
 * @param byteOrder `big` by default
 * @returns the readouts, or the reason to refuse the packet
 */
export function decodePacket(
  bytes: Uint8Array,
  byteOrder: ByteOrder = "big",
): ModuleReadout[] | PacketRefusal {
  const view = new PacketView(byteOrder);
  return view.read(bytes, 0, bytes.length) ??
    Array.from({ length: view.count }, (_, index) => view.readout(index));
}

/**
 * Encodes readouts as one packet.
 *
 * @param readouts 1 to 62 of them
 * @param byteOrder `big` by default
 * @throws {RangeError} if there are none or too many for a packet, or if one does not have 64 words
 */
export function encodePacket(
  readouts: readonly ModuleReadout[],
  byteOrder: ByteOrder = "big",
): Uint8Array<ArrayBuffer> {
  const refusal = refuseLength(readouts.length * READOUT_BYTES);
  if (refusal !== undefined) {
    throw new RangeError(
      `cannot encode a packet of ${readouts.length} readouts: it holds 1 to ` +
        `${Math.floor(MAX_PACKET_BYTES / READOUT_BYTES)}`,
    );
  }
  const bytes = new Uint8Array(readouts.length * READOUT_BYTES);
  readouts.forEach((readout, index) =>
    encodeReadout(readout, bytes, index * READOUT_BYTES, byteOrder)
  );
  return bytes;
}

/** Writes one readout to `target[at..at + 143]`. */
export function encodeReadout(
  readout: ModuleReadout,
  target: Uint8Array,
  at: number,
  byteOrder: ByteOrder,
): void {
  if (readout.words.length !== PIXELS_PER_MODULE) {
    throw new RangeError(`cannot encode a readout of ${readout.words.length} words: it has 64`);
  }
  const { tPrim, tAux, words } = readout;
  const times = Uint32Array.of(highU32(tPrim), lowU32(tPrim), highU32(tAux), lowU32(tAux));
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  writeReadout(view, at, byteOrder, times, 0, words);
}

/**
 * Writes one readout from byte `at` on without an allocation, for code that makes many.
 *
 * @param target a view of the packet; its stores cost half as much as stores of single bytes
 * @param times halves of u64 ns: `tPrim`, high before low, then `tAux`
 * @param timesAt index in `times` of the first of the four halves
 * @param words 64 ADC words in raw line order
 */
export function writeReadout(
  target: DataView,
  at: number,
  byteOrder: ByteOrder,
  times: Uint32Array,
  timesAt: number,
  words: Uint16Array,
): void {
  const little = byteOrder === "little";
  writeU64(target, at + T_PRIM, times[timesAt] as number, times[timesAt + 1] as number, little);
  writeBoard(target, at + PRIMARY_WORDS, words, 0, little);
  writeU64(target, at + T_AUX, times[timesAt + 2] as number, times[timesAt + 3] as number, little);
  writeBoard(target, at + AUXILIARY_WORDS, words, WORDS_PER_BOARD, little);
}

function writeBoard(
  target: DataView,
  at: number,
  words: Uint16Array,
  from: number,
  little: boolean,
): void {
  for (let i = 0; i < WORDS_PER_BOARD; i++) {
    target.setUint16(at + 2 * i, words[from + i] as number, little);
  }
}

function writeU64(target: DataView, at: number, high: number, low: number, little: boolean): void {
  target.setUint32(at, little ? low : high, little);
  target.setUint32(at + 4, little ? high : low, little);
}
