/**
 * Exports events as CSV, NumPy arrays or Parquet.
 *
 * @example
 * ```ts
 * import { EVENT_COLUMNS } from "@ssdaq/ssdaq/export";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(EVENT_COLUMNS.slice(0, 3).map(({ name }) => name), ["event_number", "run", "timestamp_ns"]);
 * ```
 *
 * @module
 */

export * from "./event_columns.ts";
export * from "./csv_export.ts";
export * from "./npz_export.ts";
export * from "./parquet_export.ts";
