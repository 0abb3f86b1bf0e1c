import { Buffer } from "node:buffer";
import { PNG } from "pngjs";

/** A PNG, decoded. */
export interface Pixels {
  width: number;
  height: number;
  /** Red, green and blue at a point. */
  at(x: number, y: number): [number, number, number];
}

/** Decodes a PNG with a decoder that is not ours. */
export function readPng(bytes: Uint8Array): Pixels {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return {
    width,
    height,
    at(x, y) {
      const at = 4 * (Math.round(y) * width + Math.round(x));
      return [data[at], data[at + 1], data[at + 2]];
    },
  };
}
