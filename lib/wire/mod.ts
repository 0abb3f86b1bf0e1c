/**
 * The data on the wire: the modules' packets, the published events, and the camera.
 *
 * @example Sizes
 * ```ts
 * import { EVENT_BYTES, PIXELS, READOUT_BYTES, SLOTS } from "@ssdaq/ssdaq/wire";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([SLOTS, PIXELS, READOUT_BYTES, EVENT_BYTES], [32, 2048, 144, 16952]);
 * ```
 *
 * @module
 */

export * from "./camera.ts";
export * from "./packet.ts";
export * from "./event.ts";
export * from "./run_id.ts";
