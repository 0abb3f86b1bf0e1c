import { type CameraEvent, EVENT_OFFSETS } from "../../wire/event.ts";
import type { LastEvent } from "../../wire/run_id.ts";
import { COLUMNS, EARLIER_ROW_BYTES, ROW_BYTES } from "./columns.ts";

/** Reusable memory for a number of rows. */
export class RowBuffer {
  /** Number of rows that fit. */
  readonly capacity: number;
  /** The rows in the file's layout. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same memory. */
  readonly floats: Float32Array<ArrayBuffer>;
  /** The same memory. */
  readonly view: DataView<ArrayBuffer>;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.bytes = new Uint8Array(capacity * ROW_BYTES);
    this.floats = new Float32Array(this.bytes.buffer);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** Encodes an event as row number `index` of a buffer. */
export function encodeRow(event: CameraEvent, target: RowBuffer, index: number): void {
  const { bytes, floats, view } = target;
  const at = index * ROW_BYTES;
  const nanoseconds = event.receiveNanoseconds;
  copyU64(event.bytes, EVENT_OFFSETS.number, bytes, at + COLUMNS.iro.offset);
  copyU64(event.bytes, EVENT_OFFSETS.timestampNs, bytes, at + COLUMNS.time.offset);
  const secondsAt = at + COLUMNS.cpu_t_s.offset;
  copyU64(event.bytes, EVENT_OFFSETS.receiveSeconds, bytes, secondsAt);
  const seconds = view.getUint32(secondsAt, true) + view.getUint32(secondsAt + 4, true) * 2 ** 32;
  view.setFloat64(at + COLUMNS.cpu_t.offset, seconds + nanoseconds * 1e-9, true);
  view.setUint32(at + COLUMNS.cpu_t_ns.offset, nanoseconds, true);
  view.setUint32(at + COLUMNS.cpu_t_ns.offset + 4, 0, true);
  floats.set(event.millivolts, (at + COLUMNS.data.offset) / 4);
  copyU64(event.bytes, EVENT_OFFSETS.run, bytes, at + COLUMNS.run.offset);
  view.setUint32(at + COLUMNS.mask.offset, event.mask, true);
  view.setUint32(at + COLUMNS.flags.offset, event.flags, true);
  bytes.set(event.timesBytes, at + COLUMNS.tm_time.offset);
  view.setUint32(at + COLUMNS.epoch.offset, event.epoch, true);
}

/** A decoded row. */
export interface Row {
  /** Event number, from 1. */
  number: bigint;
  /** Timestamp, TACK ns. */
  timestampNs: bigint;
  /** Receive time, Unix s (UTC). */
  receiveTime: number;
  /** Whole seconds of the receive time. */
  receiveSeconds: bigint;
  /** Nanoseconds after them. */
  receiveNanoseconds: bigint;
  /** 2048 voltages in mV; slot s and raw line l at index 64 s + l, NaN where absent. */
  millivolts: Float32Array;
  /** Run number. */
  run: bigint;
  /** Identifies the start of the daemon; 0 if unknown, as in files of earlier versions. */
  epoch: number;
  /** Which slots are in: bit s is slot s. */
  mask: number;
  /** A sum of `EventFlag`. */
  flags: number;
  /** 64 times in ns: `tPrim` of slot s at index 2 s, `tAux` after it; 0 where absent. */
  timesNs: BigUint64Array;
}

/** Decodes the row that starts at a byte offset. The arrays are copies. */
export function decodeRow(bytes: Uint8Array, at = 0): Row {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, ROW_BYTES);
  const copyOf = ({ offset, bytes: length }: { offset: number; bytes: number }) =>
    bytes.slice(at + offset, at + offset + length).buffer;
  return {
    number: view.getBigUint64(COLUMNS.iro.offset, true),
    timestampNs: view.getBigUint64(COLUMNS.time.offset, true),
    receiveTime: view.getFloat64(COLUMNS.cpu_t.offset, true),
    receiveSeconds: view.getBigUint64(COLUMNS.cpu_t_s.offset, true),
    receiveNanoseconds: view.getBigUint64(COLUMNS.cpu_t_ns.offset, true),
    millivolts: new Float32Array(copyOf(COLUMNS.data)),
    run: view.getBigUint64(COLUMNS.run.offset, true),
    epoch: view.getUint32(COLUMNS.epoch.offset, true),
    mask: view.getUint32(COLUMNS.mask.offset, true),
    flags: view.getUint32(COLUMNS.flags.offset, true),
    timesNs: new BigUint64Array(copyOf(COLUMNS.tm_time)),
  };
}

/** Number and run of the row that starts at a byte offset. */
export function eventIn(bytes: Uint8Array, at: number): LastEvent {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, ROW_BYTES);
  return {
    run: view.getBigUint64(COLUMNS.run.offset, true),
    epoch: view.getUint32(COLUMNS.epoch.offset, true),
    number: view.getBigUint64(COLUMNS.iro.offset, true),
  };
}

/** Converts rows of the earlier layout to the present one, with epoch 0. */
export function withEpoch(earlier: Uint8Array): Uint8Array<ArrayBuffer> {
  const rows = earlier.length / EARLIER_ROW_BYTES;
  const bytes = new Uint8Array(rows * ROW_BYTES);
  for (let row = 0; row < rows; row++) {
    const at = row * EARLIER_ROW_BYTES;
    bytes.set(earlier.subarray(at, at + EARLIER_ROW_BYTES), row * ROW_BYTES);
  }
  return bytes;
}

/** Byte by byte, because creating a view of 8 bytes is slower. All offsets are in range. */
function copyU64(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < 8; i++) to[toAt + i] = from[fromAt + i] as number;
}
