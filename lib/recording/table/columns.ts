/**
 * The columns of the table `/SlowSignal/readout`. A row is little-endian, without gaps:
 *
 * | offset | column | type | what |
 * |---|---|---|---|
 * | 0 | iro | u64 | event number, from 1 |
 * | 8 | time | u64 | timestamp, TACK ns |
 * | 16 | cpu_t | f64 | receive time, Unix s (UTC), to about 0.2 us |
 * | 24 | cpu_t_s | u64 | receive time: whole seconds |
 * | 32 | cpu_t_ns | u64 | receive time: nanoseconds after the second |
 * | 40 | data | f32[32][64] | mV by slot and raw line, NaN where a module is absent |
 * | 8232 | run | u64 | run number |
 * | 8240 | mask | u32 | module mask, bit s: slot s is in |
 * | 8244 | flags | u32 | see `EventFlag` |
 * | 8248 | tm_time | u64[32][2] | `tPrim`, `tAux` by slot, 0 where absent |
 * | 8760 | epoch | u32 | identifies the start of the daemon, 0 if unknown |
 *
 * Files of earlier versions do not have the last column: their rows end with `tm_time`. The first
 * six columns are those of the Python project SSDAQ. Its reader finds columns by name.
 *
 * @module
 */

import { PIXELS, SLOTS } from "../../wire/camera.ts";

/** Path of the table in its file. */
export const TABLE_PATH = "/SlowSignal/readout";

/** Size of one row. */
export const ROW_BYTES = 8764;

/** Size of a row in the earlier layout, without epoch. */
export const EARLIER_ROW_BYTES = 8760;

/**
 * Number of rows in a chunk. HDF5 compresses and writes whole chunks.
 *
 * While others read, HDF5 never reuses freed space. A compressed chunk that is written half full,
 * and again when full, stays in the file twice. At the camera's 10 rows/s, a chunk of 8 is full
 * within the second that a row may wait, so each chunk is written once: 6.7 kB a row on a random
 * walk, 5.5 kB on a quiet signal. With chunks of one row, files are a quarter larger on a quiet
 * signal, because shuffling needs neighbours. Chunks of 16 would be written twice, 11.8 kB a row.
 * Speed is the same with all of them.
 */
export const CHUNK_ROWS = 8;

/** Offset and length of each column, by name. */
export const COLUMNS = {
  iro: { offset: 0, bytes: 8 },
  time: { offset: 8, bytes: 8 },
  cpu_t: { offset: 16, bytes: 8 },
  cpu_t_s: { offset: 24, bytes: 8 },
  cpu_t_ns: { offset: 32, bytes: 8 },
  data: { offset: 40, bytes: PIXELS * 4 },
  run: { offset: 8232, bytes: 8 },
  mask: { offset: 8240, bytes: 4 },
  flags: { offset: 8244, bytes: 4 },
  tm_time: { offset: 8248, bytes: SLOTS * 16 },
  epoch: { offset: 8760, bytes: 4 },
} as const;
