/**
 * Collects rows for a file, so that HDF5 is called once for many rows and writes each chunk once.
 *
 * @module
 */

import type { Ledger } from "../../ledger/ledger.ts";
import type { CameraEvent } from "../../wire/event.ts";
import type { LastEvent } from "../../wire/run_id.ts";
import { CHUNK_ROWS, ROW_BYTES } from "../table/columns.ts";
import { encodeRow, type RowBuffer } from "../table/row.ts";
import type { TableFile } from "./table_file.ts";

/**
 * A file and the rows that wait for it. {@linkcode BufferedTable.writeChunks} writes rows that fill
 * a chunk; they are written earlier when the buffer is full. {@linkcode BufferedTable.flushIfDue}
 * writes the other rows when they have waited long enough.
 */
export class BufferedTable {
  readonly #file: TableFile;
  readonly #buffer: RowBuffer;
  readonly #flushIntervalMs: number;
  #bytes: number;
  #hasFailed = false;
  #waiting = 0;
  #flushed: LastEvent | undefined;
  /** When the oldest waiting row arrived. */
  #waitingSinceMs = 0;
  /** When the oldest row arrived that other processes cannot see yet. */
  #unflushedSinceMs: number | undefined;

  /**
   * @param buffer memory for waiting rows, at least one chunk; the table owns it until it is closed
   * @param flushIntervalMs longest time that a row waits
   */
  constructor(file: TableFile, buffer: RowBuffer, flushIntervalMs: number) {
    this.#file = file;
    this.#buffer = buffer;
    this.#flushIntervalMs = flushIntervalMs;
    this.#bytes = file.bytes;
  }

  /** Whether a write failed. Then nothing more can be written. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Path of the file. */
  get path(): string {
    return this.#file.path;
  }

  /** Rows in the file and waiting rows. */
  get rows(): number {
    return this.#file.rows + this.#waiting;
  }

  /** Size of the file, without waiting rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last event that other processes can read; undefined before the first. */
  get flushed(): LastEvent | undefined {
    return this.#flushed;
  }

  /** Adds an event. */
  push(event: CameraEvent, nowMs: number): void {
    if (this.#waiting === 0) this.#waitingSinceMs = nowMs;
    this.#unflushedSinceMs ??= nowMs;
    encodeRow(event, this.#buffer, this.#waiting++);
    if (this.#waiting === this.#buffer.capacity) this.writeChunks(nowMs);
  }

  /** Writes complete chunks. Rows after them arrived at `nowMs`. */
  writeChunks(nowMs: number): void {
    const count = this.#waiting - this.rows % CHUNK_ROWS;
    if (count <= 0) return;
    this.#append(count);
    this.#waitingSinceMs = nowMs;
  }

  /** Writes and flushes rows that have waited for the flush interval. */
  flushIfDue(nowMs: number): void {
    const isDue = (sinceMs: number) => nowMs - sinceMs >= this.#flushIntervalMs;
    if (this.#unflushedSinceMs === undefined || !isDue(this.#unflushedSinceMs)) return;
    if (this.#waiting > 0 && isDue(this.#waitingSinceMs)) this.#append(this.#waiting);
    this.#flush();
  }

  /** Writes a row of the ledger. Other processes see it at once. */
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
   * Gives up the waiting rows and closes the file as well as possible. After that it reports only
   * rows that are known to be in the file.
   *
   * @returns whether rows that were in the file are lost
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
