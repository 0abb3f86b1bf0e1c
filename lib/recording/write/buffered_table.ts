/**
 * Gathers rows for a file, so that HDF5 is called once for many and each chunk is written once.
 *
 * @module
 */

import type { CameraEvent } from "../../wire/event.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { LastEvent } from "../../wire/run_id.ts";
import { CHUNK_ROWS, ROW_BYTES } from "../table/columns.ts";
import { encodeRow, type RowBuffer } from "../table/row.ts";
import type { TableFile } from "./table_file.ts";

/**
 * A file and the rows that wait for their place in it. Rows that fill a chunk are written by
 * {@linkcode BufferedTable.writeChunks}, or before that when the buffer is full; the others by
 * {@linkcode BufferedTable.flushIfDue} when they have waited for long enough.
 */
export class BufferedTable {
  readonly #file: TableFile;
  readonly #buffer: RowBuffer;
  readonly #flushIntervalMs: number;
  #bytes: number;
  #hasFailed = false;
  #waiting = 0;
  #flushed: LastEvent | undefined;
  /** When the oldest row that waits came. */
  #waitingSinceMs = 0;
  /** When the oldest row came that other processes cannot see yet. */
  #unflushedSinceMs: number | undefined;

  /**
   * @param buffer memory for the rows that wait, at least one chunk; the table's until it is closed
   * @param flushIntervalMs the longest that a row waits
   */
  constructor(file: TableFile, buffer: RowBuffer, flushIntervalMs: number) {
    this.#file = file;
    this.#buffer = buffer;
    this.#flushIntervalMs = flushIntervalMs;
    this.#bytes = file.bytes;
  }

  /** Whether something could not be written; then nothing more can. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Path of the file. */
  get path(): string {
    return this.#file.path;
  }

  /** Rows in the file and rows that wait. */
  get rows(): number {
    return this.#file.rows + this.#waiting;
  }

  /** Size of the file, without the rows that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last event that other processes can read; undefined before the first. */
  get flushed(): LastEvent | undefined {
    return this.#flushed;
  }

  /** Takes an event in. */
  push(event: CameraEvent, nowMs: number): void {
    if (this.#waiting === 0) this.#waitingSinceMs = nowMs;
    this.#unflushedSinceMs ??= nowMs;
    encodeRow(event, this.#buffer, this.#waiting++);
    if (this.#waiting === this.#buffer.capacity) this.writeChunks(nowMs);
  }

  /** Writes as many rows as end a chunk; those after them came at `nowMs`. */
  writeChunks(nowMs: number): void {
    const count = this.#waiting - this.rows % CHUNK_ROWS;
    if (count <= 0) return;
    this.#append(count);
    this.#waitingSinceMs = nowMs;
  }

  /** Writes and flushes what has waited for the flush interval. */
  flushIfDue(nowMs: number): void {
    const isDue = (sinceMs: number) => nowMs - sinceMs >= this.#flushIntervalMs;
    if (this.#unflushedSinceMs === undefined || !isDue(this.#unflushedSinceMs)) return;
    if (this.#waiting > 0 && isDue(this.#waitingSinceMs)) this.#append(this.#waiting);
    this.#flush();
  }

  /** Writes a row of the ledger, where others see it at once. */
  account(row: Uint8Array): void {
    this.#noteFailure(() => this.#file.appendLedger(row));
    this.#flush();
  }

  /**
   * Writes all rows and closes the file.
   *
   * @param last the last row of the ledger, and its values, if there is a ledger
   */
  close(last?: { row: Uint8Array; ledger: Partial<Ledger> }): void {
    if (this.#waiting > 0) this.#append(this.#waiting);
    this.#noteFailure(() => {
      if (last) this.#file.appendLedger(last.row);
      this.#file.close(last?.ledger);
    });
    this.#flushed = this.#file.last;
    this.#bytes = this.#file.bytes;
  }

  /**
   * Gives the rows that wait up and closes the file, as well as that goes; then its rows are those
   * that are known to be there.
   *
   * @returns whether rows are gone that were in it
   */
  abandon(): boolean {
    const { rows } = this.#file;
    this.#waiting = 0;
    this.#file.abandon();
    this.#bytes = this.#file.bytes;
    const isGone = this.#file.rows < rows;
    if (!isGone) this.#flushed = this.#file.last;
    return isGone;
  }

  #noteFailure(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  #flush(): void {
    this.#noteFailure(() => this.#file.flush());
    this.#flushed = this.#file.last;
    this.#unflushedSinceMs = this.#waiting > 0 ? this.#waitingSinceMs : undefined;
    this.#bytes = this.#file.bytes;
  }

  #append(count: number): void {
    const { bytes } = this.#buffer;
    this.#noteFailure(() => this.#file.append(bytes.subarray(0, count * ROW_BYTES)));
    bytes.copyWithin(0, count * ROW_BYTES, this.#waiting * ROW_BYTES);
    this.#waiting -= count;
    this.#bytes = this.#file.bytes;
  }
}
