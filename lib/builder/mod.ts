/**
 * Readouts to events: pure, with the time as an argument, and without input or output.
 *
 * @example An event without its modules is emitted when its deadline has passed
 * ```ts
 * import { Builder } from "@ssdaq/ssdaq/builder";
 * import { newDaemonLedger } from "@ssdaq/ssdaq/ledger";
 * import { assertEquals } from "@std/assert";
 *
 * const builder = new Builder({ run: 1n, deadlineMs: 2000 }, newDaemonLedger());
 * assertEquals(builder.emit(0), []);
 * ```
 *
 * @module
 */

export * from "./arrival.ts";
export * from "./builder.ts";
export type { LatencyHistogram } from "./latency_histogram.ts";
export type { SlotAccount } from "./slot_account.ts";
export type { SlotOffsets } from "./slot_offsets.ts";
