/**
 * A frame of the live view, little-endian:
 *
 * | offset | size | what |
 * |---|---|---|
 * | 0 | u32 | mark "SSV1" |
 * | 4 | u32 | 1 when an event follows, else 0 |
 * | 8 | f64 | after this number of seconds a module is silent |
 * | 16 | f32[32] | seconds since the last packet, by slot; infinite before the first |
 * | 144 | u64 | event number |
 * | 152 | u64 | run number |
 * | 160 | u64 | timestamp, TACK ns |
 * | 168 | u64 | receive time, Unix s (UTC) |
 * | 176 | u32 | its nanoseconds |
 * | 180 | u32 | module mask |
 * | 184 | u32 | flags, see `EventFlag` |
 * | 188 | u32 | TACK spread, ns |
 * | 192 | f32[2048] | mV by slot and raw line, NaN where a module is absent |
 *
 * Without an event, the frame ends at 144.
 *
 * @module
 */

import { PIXELS, SLOTS } from "../../wire/camera.ts";
import type { CameraEvent } from "../../wire/event.ts";

/** "SSV1", first letter in the lowest byte. */
const MAGIC = 0x31565353;
const AGES_AT = 16;
const EVENT_AT = AGES_AT + 4 * SLOTS;
const MILLIVOLTS_AT = EVENT_AT + 48;

/** Size of a frame with an event. */
export const FRAME_BYTES: number = MILLIVOLTS_AT + 4 * PIXELS;

/** Time since modules were last heard. */
export interface ModuleAges {
  /** A module is silent if it was not heard for longer than this. */
  silentAfterSeconds: number;
  /** By slot; Infinity before the first packet. */
  seconds: Float32Array;
}

/** An event in the form that a view shows. */
export interface ShownEvent {
  number: bigint;
  run: bigint;
  timestampNs: bigint;
  receiveSeconds: bigint;
  receiveNanoseconds: number;
  mask: number;
  flags: number;
  spreadNs: number;
  /** 2048 values in mV, NaN where absent. */
  millivolts: Float32Array;
}

/** A decoded frame. */
export interface Frame {
  ages: ModuleAges;
  event: ShownEvent | undefined;
}

/** Encodes a frame; without an event if there is no new one. */
export function encodeFrame(ages: ModuleAges, event?: CameraEvent): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(event === undefined ? EVENT_AT : FRAME_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, event === undefined ? 0 : 1, true);
  view.setFloat64(8, ages.silentAfterSeconds, true);
  new Float32Array(bytes.buffer, AGES_AT, SLOTS).set(ages.seconds);
  if (event === undefined) return bytes;
  view.setBigUint64(EVENT_AT, event.number, true);
  view.setBigUint64(EVENT_AT + 8, event.run, true);
  view.setBigUint64(EVENT_AT + 16, event.timestampNs, true);
  view.setBigUint64(EVENT_AT + 24, event.receiveSeconds, true);
  view.setUint32(EVENT_AT + 32, event.receiveNanoseconds, true);
  view.setUint32(EVENT_AT + 36, event.mask, true);
  view.setUint32(EVENT_AT + 40, event.flags, true);
  view.setUint32(EVENT_AT + 44, event.spreadNs, true);
  new Float32Array(bytes.buffer, MILLIVOLTS_AT, PIXELS).set(event.millivolts);
  return bytes;
}

/** Decodes a frame; undefined for other bytes. The arrays are views of the bytes. */
export function decodeFrame(buffer: ArrayBuffer): Frame | undefined {
  if (buffer.byteLength !== EVENT_AT && buffer.byteLength !== FRAME_BYTES) return undefined;
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const ages = {
    silentAfterSeconds: view.getFloat64(8, true),
    seconds: new Float32Array(buffer, AGES_AT, SLOTS),
  };
  if (buffer.byteLength === EVENT_AT) return { ages, event: undefined };
  return {
    ages,
    event: {
      number: view.getBigUint64(EVENT_AT, true),
      run: view.getBigUint64(EVENT_AT + 8, true),
      timestampNs: view.getBigUint64(EVENT_AT + 16, true),
      receiveSeconds: view.getBigUint64(EVENT_AT + 24, true),
      receiveNanoseconds: view.getUint32(EVENT_AT + 32, true),
      mask: view.getUint32(EVENT_AT + 36, true),
      flags: view.getUint32(EVENT_AT + 40, true),
      spreadNs: view.getUint32(EVENT_AT + 44, true),
      millivolts: new Float32Array(buffer, MILLIVOLTS_AT, PIXELS),
    },
  };
}

/** Converts a fetched event to the form that a view shows. */
export function shownEvent(event: CameraEvent): ShownEvent {
  const { number, run, timestampNs, receiveSeconds, receiveNanoseconds } = event;
  const { mask, flags, spreadNs } = event;
  return {
    ...{ number, run, timestampNs, receiveSeconds, receiveNanoseconds, mask, flags, spreadNs },
    millivolts: Float32Array.from(event.millivolts),
  };
}
