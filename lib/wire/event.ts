/**
 * The camera event. In memory it has the same bytes as when published, little-endian:
 *
 * | offset | size | what |
 * |---|---|---|
 * | 0 | u64 | event number, from 1 |
 * | 8 | u64 | run number |
 * | 16 | u64 | timestamp: the smallest `tPrim` in the event, TACK ns |
 * | 24 | f64[32][64] | mV by slot and raw line, NaN where a module is absent |
 * | 16408 | u64[32][2] | `tPrim`, `tAux` by slot, 0 where absent |
 * | 16920 | u32 | magic "SSD1" |
 * | 16924 | u32 | module mask, bit s: slot s is in |
 * | 16928 | u64 | receive time of the event's first packet, Unix s (UTC) |
 * | 16936 | u32 | its nanoseconds |
 * | 16940 | u32 | flags, see {@linkcode EventFlag} |
 * | 16944 | u32 | TACK spread in ns: largest - smallest `tPrim`, saturating |
 * | 16948 | u32 | epoch: a random number that the daemon draws when it starts, 0 in older messages |
 *
 * Bytes 0..16919 are `SSEvent` of the Python project SSDAQ (2018). Its listeners ignore the 32
 * bytes after them. The shorter readout message is its `SSReadout` (2019) and the same 32 bytes:
 * u64 event number, u64 timestamp, u64 receive s, u64 receive ns, f64[32][64] mV.
 *
 * @module
 */

import { PIXELS, PIXELS_PER_MODULE, SLOTS } from "./camera.ts";

/** Size of an event message. */
export const EVENT_BYTES = 16952;
/** Size of the original's `SSEvent`, without the 32 bytes at the end. */
export const ORIGINAL_EVENT_BYTES = 16920;
/** Size of a readout message. */
export const READOUT_MESSAGE_BYTES = 16448;
/** Size of the original's `SSReadout`, without the 32 bytes at the end. */
export const ORIGINAL_READOUT_BYTES = 16416;

/** Offsets of the u64 numbers in an event message, to copy them as bytes. */
export const EVENT_OFFSETS = {
  number: 0,
  run: 8,
  timestampNs: 16,
  receiveSeconds: 16928,
} as const;

const { number: NUMBER, run: RUN, timestampNs: TIMESTAMP } = EVENT_OFFSETS;
const MILLIVOLTS = 24;
const TIMES = 16408;
const TRAILER = 16920;
const TRAILER_BYTES = 32;

/** Offsets within the 32 bytes of the trailer, in both messages. */
const MAGIC_AT = 0;
const MASK_AT = 4;
const RECEIVE_S_AT = EVENT_OFFSETS.receiveSeconds - TRAILER;
const RECEIVE_NS_AT = 16;
const FLAGS_AT = 20;
const SPREAD_AT = 24;
const EPOCH_AT = 28;

const READOUT_NUMBER = 0;
const READOUT_TIMESTAMP = 8;
const READOUT_RECEIVE_S = 16;
const READOUT_RECEIVE_NS = 24;
const READOUT_MILLIVOLTS = 32;

const MILLIVOLTS_BYTES = PIXELS * 8;
/** "SSD1", first letter in the lowest byte. */
const MAGIC = 0x31445353;

/** The flags of an event. They are summed. */
export const EventFlag = {
  /** Every expected slot is in. */
  complete: 1,
  /** Closed because its deadline passed. */
  deadline: 2,
  /** Closed early because the builder was full. */
  evicted: 4,
  /** The first event after a TACK reset. */
  reset: 8,
} as const;

/** The two messages an event is published as. */
export type EventFormat = typeof EVENT_FORMATS[number];

/** All formats. */
export const EVENT_FORMATS = ["event", "readout"] as const;

/** Every reason to refuse a message. Each has a counter with the same name in the ledger. */
export const EVENT_REFUSALS = ["size", "magic"] as const;

/**
 * Why a message is not an event. `size`: it has none of the four known lengths. `magic`: it has the
 * length of an ssdaq message, but not the mark.
 */
export type EventRefusal = typeof EVENT_REFUSALS[number];

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
if (!littleEndianHost) {
  throw new Error("ssdaq needs a little-endian machine");
}

/** An event without any module: all NaN, all times zero. */
const EMPTY_EVENT = emptyEventBytes();

/** One moment of the camera: up to one readout of each module. A view of 16952 bytes. */
export class CameraEvent {
  /** The event message itself. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** 2048 voltages in mV; slot s and raw line l at index 64 s + l, NaN where absent. */
  readonly millivolts: Float64Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;

  /**
   * @param buffer exactly 16952 bytes, which the event owns from now on; by default, those of an
   * event without any module
   */
  constructor(buffer: ArrayBuffer = EMPTY_EVENT.slice().buffer) {
    if (buffer.byteLength !== EVENT_BYTES) {
      throw new RangeError(`an event has ${EVENT_BYTES} bytes, not ${buffer.byteLength}`);
    }
    this.bytes = new Uint8Array(buffer);
    this.millivolts = new Float64Array(buffer, MILLIVOLTS, PIXELS);
    this.#view = new DataView(buffer);
  }

  /** Event number in its run, from 1. */
  get number(): bigint {
    return this.#view.getBigUint64(NUMBER, true);
  }
  set number(value: bigint) {
    this.#view.setBigUint64(NUMBER, value, true);
  }

  /** Run number; 0 if the message has none (readout messages). */
  get run(): bigint {
    return this.#view.getBigUint64(RUN, true);
  }
  set run(value: bigint) {
    this.#view.setBigUint64(RUN, value, true);
  }

  /** The smallest TACK time in the event, ns. */
  get timestampNs(): bigint {
    return this.#view.getBigUint64(TIMESTAMP, true);
  }
  set timestampNs(value: bigint) {
    this.#view.setBigUint64(TIMESTAMP, value, true);
  }

  /** Which slots are in: bit s is slot s. */
  get mask(): number {
    return this.#view.getUint32(TRAILER + MASK_AT, true);
  }
  set mask(value: number) {
    this.#view.setUint32(TRAILER + MASK_AT, value, true);
  }

  /** A sum of {@linkcode EventFlag}. */
  get flags(): number {
    return this.#view.getUint32(TRAILER + FLAGS_AT, true);
  }
  set flags(value: number) {
    this.#view.setUint32(TRAILER + FLAGS_AT, value, true);
  }

  /** Largest minus smallest TACK time in the event, ns, saturating at 2^32 - 1. */
  get spreadNs(): number {
    return this.#view.getUint32(TRAILER + SPREAD_AT, true);
  }
  set spreadNs(value: number) {
    this.#view.setUint32(TRAILER + SPREAD_AT, value, true);
  }

  /**
   * Identifies the start of the daemon that numbered the event: a random number from 1 to 2^32 - 1.
   * It tells apart two starts with the same run number. 0 if the message has none.
   */
  get epoch(): number {
    return this.#view.getUint32(TRAILER + EPOCH_AT, true);
  }
  set epoch(value: number) {
    this.#view.setUint32(TRAILER + EPOCH_AT, value, true);
  }

  /** When the event's first packet was received: whole seconds, Unix time (UTC). */
  get receiveSeconds(): bigint {
    return this.#view.getBigUint64(TRAILER + RECEIVE_S_AT, true);
  }

  /** When the event's first packet was received: nanoseconds after the second. */
  get receiveNanoseconds(): number {
    return this.#view.getUint32(TRAILER + RECEIVE_NS_AT, true);
  }

  /** Sets the receive time. */
  setReceiveTime(seconds: number | bigint, nanoseconds: number): void {
    this.#view.setBigUint64(TRAILER + RECEIVE_S_AT, BigInt(seconds), true);
    this.#view.setUint32(TRAILER + RECEIVE_NS_AT, nanoseconds, true);
  }

  /** TACK time of a slot's readout, ns; 0 where it is absent. */
  tPrim(slot: number): bigint {
    return this.#view.getBigUint64(TIMES + slot * 16, true);
  }

  /** Auxiliary stamp of a slot's readout, ns; 0 where it is absent. */
  tAux(slot: number): bigint {
    return this.#view.getBigUint64(TIMES + slot * 16 + 8, true);
  }

  /** Sets both times of a slot by their halves, so that no bigint is created for a readout. */
  setTimes(
    slot: number,
    primHigh: number,
    primLow: number,
    auxHigh: number,
    auxLow: number,
  ): void {
    const at = TIMES + slot * 16;
    this.#view.setUint32(at, primLow, true);
    this.#view.setUint32(at + 4, primHigh, true);
    this.#view.setUint32(at + 8, auxLow, true);
    this.#view.setUint32(at + 12, auxHigh, true);
  }

  /** Sets the timestamp by its halves. */
  setTimestamp(high: number, low: number): void {
    this.#view.setUint32(TIMESTAMP, low, true);
    this.#view.setUint32(TIMESTAMP + 4, high, true);
  }

  /** The 64 voltages of a slot in mV, as a view. */
  module(slot: number): Float64Array<ArrayBuffer> {
    return this.millivolts.subarray(slot * PIXELS_PER_MODULE, (slot + 1) * PIXELS_PER_MODULE);
  }

  /** Times of all slots as raw bytes: u64[32][2], little-endian. */
  get timesBytes(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(TIMES, TRAILER);
  }
}

/**
 * Encodes an event as a message. In the `event` format it is the event's own memory, not a copy.
 *
 * @returns 16952 bytes (`event`) or 16448 (`readout`)
 */
export function encodeEvent(event: CameraEvent, format: EventFormat): Uint8Array<ArrayBuffer> {
  if (format === "event") return event.bytes;
  const bytes = new Uint8Array(READOUT_MESSAGE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(READOUT_NUMBER, event.number, true);
  view.setBigUint64(READOUT_TIMESTAMP, event.timestampNs, true);
  view.setBigUint64(READOUT_RECEIVE_S, event.receiveSeconds, true);
  view.setBigUint64(READOUT_RECEIVE_NS, BigInt(event.receiveNanoseconds), true);
  bytes.set(event.bytes.subarray(MILLIVOLTS, TIMES), READOUT_MILLIVOLTS);
  bytes.set(event.bytes.subarray(TRAILER), ORIGINAL_READOUT_BYTES);
  return bytes;
}

/**
 * Decodes a message of any of the four sizes. Missing values are filled in: the mask is computed
 * from the voltages; run, epoch, flags, spread and times are 0.
 *
 * @param message one ZeroMQ frame; it is copied
 * @returns the event, or the reason to refuse the message
 */
export function decodeEvent(message: Uint8Array): CameraEvent | EventRefusal {
  switch (message.length) {
    case EVENT_BYTES:
    case ORIGINAL_EVENT_BYTES:
      return decodeEventMessage(message);
    case READOUT_MESSAGE_BYTES:
    case ORIGINAL_READOUT_BYTES:
      return decodeReadoutMessage(message);
    default:
      return "size";
  }
}

function decodeEventMessage(message: Uint8Array): CameraEvent | EventRefusal {
  const hasTrailer = message.length === EVENT_BYTES;
  if (hasTrailer && !hasMagic(message, TRAILER)) return "magic";
  const event = new CameraEvent();
  event.bytes.set(message);
  if (!hasTrailer) event.mask = maskOfVoltages(event);
  return event;
}

function decodeReadoutMessage(message: Uint8Array): CameraEvent | EventRefusal {
  const hasTrailer = message.length === READOUT_MESSAGE_BYTES;
  if (hasTrailer && !hasMagic(message, ORIGINAL_READOUT_BYTES)) return "magic";
  const event = new CameraEvent();
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  event.number = view.getBigUint64(READOUT_NUMBER, true);
  event.timestampNs = view.getBigUint64(READOUT_TIMESTAMP, true);
  event.bytes.set(
    message.subarray(READOUT_MILLIVOLTS, READOUT_MILLIVOLTS + MILLIVOLTS_BYTES),
    MILLIVOLTS,
  );
  if (hasTrailer) {
    event.bytes.set(message.subarray(ORIGINAL_READOUT_BYTES), TRAILER);
  } else {
    const nanoseconds = view.getBigUint64(READOUT_RECEIVE_NS, true);
    event.setReceiveTime(view.getBigUint64(READOUT_RECEIVE_S, true), Number(nanoseconds));
    event.mask = maskOfVoltages(event);
  }
  return event;
}

function hasMagic(message: Uint8Array, trailerAt: number): boolean {
  const view = new DataView(message.buffer, message.byteOffset + trailerAt, TRAILER_BYTES);
  return view.getUint32(MAGIC_AT, true) === MAGIC;
}

/** Slots with at least one pixel that is not NaN. */
function maskOfVoltages(event: CameraEvent): number {
  let mask = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    if (event.module(slot).some((millivolts) => !Number.isNaN(millivolts))) mask |= 1 << slot;
  }
  return mask >>> 0;
}

function emptyEventBytes(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(EVENT_BYTES);
  new Float64Array(bytes.buffer, MILLIVOLTS, PIXELS).fill(NaN);
  new DataView(bytes.buffer).setUint32(TRAILER + MAGIC_AT, MAGIC, true);
  return bytes;
}
