/**
 * Statistics of one event and of many.
 *
 * @example
 * ```ts
 * import { amplitudesOf } from "@ssdaq/ssdaq/statistics";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(amplitudesOf([1, NaN, 3]).mean, 2);
 * ```
 *
 * @module
 */

export * from "./amplitudes.ts";
export * from "./event_statistics.ts";
export * from "./event_summary.ts";
