/**
 * HDF5 files of events: write files that survive a kill; read, repair and continue them.
 *
 * @example Write a file and read it back
 * ```ts
 * import { CHUNK_ROWS, decodeRow, EventWriter, ROW_BYTES, TableReader } from "@ssdaq/ssdaq/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const file = `${Deno.makeTempDirSync()}/run.h5`;
 * {
 *   await using _writer = await EventWriter.open({
 *     destination: { file },
 *     provenance: { host: "bench" },
 *   });
 * }
 * using reader = await TableReader.open(file);
 * let rows = 0;
 * for (const block of reader.blocks(CHUNK_ROWS)) {
 *   for (let row = 0; row < block.rows; row++) {
 *     console.log(decodeRow(block.bytes.subarray(row * ROW_BYTES)).number);
 *     rows++;
 *   }
 * }
 * assertEquals(rows, 0);
 * ```
 *
 * @module
 */

export * from "./table/compression.ts";
export * from "./table/columns.ts";
export * from "./table/row.ts";
export * from "./table/ledger_row.ts";
export type { Destination, FileDestination, FolderDestination } from "./write/destination.ts";
export * from "./write/event_writer.ts";
export { resumePoint } from "./write/resume.ts";
export * from "./read/table_reader.ts";
export * from "./read/file_summary.ts";
export type { H5Attribute } from "./hdf5/h5_file.ts";
export { lastEvents, repairFile, type RepairReport } from "./repair/repair.ts";
export type { RowRange } from "./repair/survey.ts";
