import type { Row } from "../recording/table/row.ts";
import { countSlots, PIXELS, PIXELS_PER_MODULE } from "../wire/camera.ts";

/** A column with one whole number for each event. */
export interface EventColumn {
  name: string;
  /** Bits of the unsigned number. */
  bits: 32 | 64;
  /** The value for an event. */
  value(row: Row): bigint;
}

/** The columns before the voltages, in order. */
export const EVENT_COLUMNS: readonly EventColumn[] = [
  { name: "event_number", bits: 64, value: ({ number }) => number },
  { name: "run", bits: 64, value: ({ run }) => run },
  { name: "timestamp_ns", bits: 64, value: ({ timestampNs }) => timestampNs },
  { name: "receive_s", bits: 64, value: ({ receiveSeconds }) => receiveSeconds },
  { name: "receive_ns", bits: 32, value: ({ receiveNanoseconds }) => receiveNanoseconds },
  { name: "modules", bits: 32, value: ({ mask }) => BigInt(countSlots(mask)) },
  { name: "mask", bits: 32, value: ({ mask }) => BigInt(mask) },
  { name: "flags", bits: 32, value: ({ flags }) => BigInt(flags) },
  { name: "epoch", bits: 32, value: ({ epoch }) => BigInt(epoch) },
];

/** The name of a pixel's column of voltages, mV: `slot07_line12`. */
export function pixelColumn(pixel: number): string {
  const slot = Math.floor(pixel / PIXELS_PER_MODULE);
  const digits = (number: number) => String(number).padStart(2, "0");
  return `slot${digits(slot)}_line${digits(pixel % PIXELS_PER_MODULE)}`;
}

/** Every pixel. */
export const ALL_PIXELS: readonly number[] = Array.from({ length: PIXELS }, (_, pixel) => pixel);

/** The data to export. */
export interface ExportSource {
  /** Iterates over the events from the first one. Can be called more than once. */
  rows(): AsyncIterable<Row>;
  /** Pixels, 0..2047, in the order of their columns. */
  pixels: readonly number[];
}
