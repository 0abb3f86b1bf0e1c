import { countSlots, PIXELS, PIXELS_PER_MODULE } from "../wire/camera.ts";
import type { Row } from "../recording/table/row.ts";

/** A column that has one whole number an event. */
export interface EventColumn {
  name: string;
  /** Bits of the unsigned number. */
  bits: 32 | 64;
  /** Of each event. */
  value(row: Row): bigint;
}

/** What is told of each event beside its voltages, in order. */
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

/** The column of a pixel's voltages, mV: `slot07_line12`. */
export function pixelColumn(pixel: number): string {
  const slot = Math.floor(pixel / PIXELS_PER_MODULE);
  const digits = (number: number) => String(number).padStart(2, "0");
  return `slot${digits(slot)}_line${digits(pixel % PIXELS_PER_MODULE)}`;
}

/** Every pixel. */
export const ALL_PIXELS: readonly number[] = Array.from({ length: PIXELS }, (_, pixel) => pixel);

/** What is exported. */
export interface ExportSource {
  /** The events from the first on, each time it is called. */
  rows(): AsyncIterable<Row>;
  /** Pixels, 0..2047, in the order of their columns. */
  pixels: readonly number[];
}
