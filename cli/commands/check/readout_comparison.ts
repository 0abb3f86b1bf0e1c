import { OperationError } from "../../../lib/errors.ts";
import type { PacketDecoder } from "./packet_decoder.ts";
import { LINES, VOLTAGES } from "./packet_decoder.ts";
import { PartitionedRecords } from "./partitioned_records.ts";
import {
  ALTERED,
  hashKey,
  hasSameKey,
  hasSameVoltages,
  ordinalOf,
  RECORD_WORDS,
  setOrdinal,
  SEVERAL,
  slotOf,
} from "./readout_record.ts";
import type { RowDecoder } from "./row_decoder.ts";
import { digestVoltages } from "./voltage_digest.ts";

/** Result of the comparison of a stored readout with the sent ones. */
export type Match = "stored" | "twice" | "different" | "unknown";

/** What a comparison finds. */
export interface ComparisonSink {
  /** A sent readout is stored, in the slot and first in this row. */
  stored(slot: number): void;
  /** The fate of a readout that was missing until now; `altered` if a fault changed it. */
  found(altered: boolean): void;
  /**
   * A stored readout is not a sent one. `why` may take time: call it only for what is told.
   *
   * @param row its number among all rows
   * @param tackNs its TACK time
   */
  wrong(row: number, slot: number, tackNs: bigint, why: () => Exclude<Match, "stored">): void;
}

/** Readouts that are sorted into a partition. */
const READOUTS_PER_PARTITION = 2 ** 17;
const MIN_PARTITION_BITS = 4;
const MAX_PARTITION_BITS = 12;

/** Largest number of sent readouts of one partition in memory: 64 MiB. */
const MAX_RECORDS = 2 ** 21;

/** The same memory twice: voltages of all ADC words, and their bits. */
const VOLTAGE_BITS = new Uint32Array(VOLTAGES.buffer);

/**
 * Finds the sent readout of every stored one, and that none is stored twice.
 *
 * Whether a readout is stored twice can only be told when all rows have been read: a row may come in
 * any file, also long after its TACK time, when modules are reordered, TACK is reset or clocks are
 * wrong. So nothing is decided while sent packets and rows come. Of each readout 32 bytes are put into
 * a partition that depends on slot and times only, and {@linkcode ReadoutComparison.compare} takes one
 * partition after the other: first the sent readouts into a table, then the stored ones in the order
 * of the files. The order of either side has no influence on what is found.
 *
 * Memory is bounded for any number of readouts: 16 MiB for the partitions of each side, which go to
 * temporary files (32 bytes a readout and side) when they are full, and one partition of sent readouts.
 * If there are over two million sent ones in one, as with simulations that repeat the same times again
 * and again, the comparison ends with an error.
 */
export class ReadoutComparison implements Disposable {
  readonly #sent: PartitionedRecords;
  readonly #stored: PartitionedRecords;
  /** Finds of readouts that were sent in several forms. */
  readonly #several: PartitionedRecords;
  readonly #shift: number;
  readonly #record = new Uint32Array(RECORD_WORDS);
  readonly #words = new Uint16Array(LINES);
  readonly #bits = new Uint32Array(LINES);

  /**
   * @param readouts about how many were sent; it decides the number of partitions
   * @param bufferBytes memory for the records of a side before they go to a file
   */
  constructor(readouts: number, bufferBytes?: number) {
    const wanted = Math.ceil(Math.log2(Math.max(1, readouts / READOUTS_PER_PARTITION)));
    const bits = Math.min(Math.max(wanted, MIN_PARTITION_BITS), MAX_PARTITION_BITS);
    this.#shift = 32 - bits;
    this.#sent = new PartitionedRecords(2 ** bits, bufferBytes);
    this.#stored = new PartitionedRecords(2 ** bits, bufferBytes);
    this.#several = new PartitionedRecords(2 ** bits, 2 ** 20);
  }

  /** Stored readouts that were added. */
  get storedReadouts(): number {
    return this.#stored.counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Adds a form in which a readout was sent.
   *
   * @param readout its number among all that were made
   * @param altered whether a fault changed it
   * @param several whether it was sent in other forms too
   */
  addSent(
    packet: PacketDecoder,
    index: number,
    slot: number,
    readout: number,
    altered: boolean,
    several: boolean,
  ): void {
    const record = this.#record;
    packet.timesInto(index, record);
    packet.wordsInto(index, this.#words);
    for (let line = 0; line < LINES; line++) {
      // Both exist, and this runs for each voltage: no check.
      this.#bits[line] = VOLTAGE_BITS[this.#words[line] as number] as number;
    }
    digestVoltages(this.#bits, record, 4);
    setOrdinal(record, readout, slot, (altered ? ALTERED : 0) | (several ? SEVERAL : 0));
    this.#sent.add(this.#partitionOf(record), record);
  }

  /**
   * Adds the readout that a row has in a slot. Add rows in the order of the files.
   *
   * @param ordinal number of the row among all rows
   */
  addStored(row: RowDecoder, slot: number, ordinal: number): void {
    const record = this.#record;
    row.timesInto(slot, record);
    row.voltageBitsInto(slot, this.#bits);
    digestVoltages(this.#bits, record, 4);
    setOrdinal(record, ordinal, slot, 0);
    this.#stored.add(this.#partitionOf(record), record);
  }

  /**
   * Compares all readouts. It yields the number of stored readouts compared, after each partition.
   *
   * @throws {OperationError} when a temporary file cannot be read, or too many readouts have the same
   * times
   */
  *compare(sink: ComparisonSink): Generator<number, void, void> {
    const table = new SentTable();
    let compared = 0;
    for (let partition = 0; partition < this.#sent.partitions; partition++) {
      table.fill(this.#sent, partition);
      for (const records of this.#stored.blocksOf(partition)) {
        for (let at = 0; at < records.length; at += RECORD_WORDS) {
          this.#compareOne(table, records, at, sink);
        }
      }
      compared += itemOf(this.#stored.counts, partition);
      yield compared;
    }
    for (let partition = 0; partition < this.#several.partitions; partition++) {
      this.#settleSeveral(partition, sink);
    }
  }

  /** Closes the temporary files. */
  [Symbol.dispose](): void {
    this.#sent[Symbol.dispose]();
    this.#stored[Symbol.dispose]();
    this.#several[Symbol.dispose]();
  }

  #compareOne(table: SentTable, records: Uint32Array, at: number, sink: ComparisonSink): void {
    const sent = table.find(records, at);
    const slot = slotOf(records, at);
    if (sent < 0 || !table.take(sent)) {
      const tackNs = (BigInt(itemOf(records, at)) << 32n) | BigInt(itemOf(records, at + 1));
      const why = () => sent >= 0 ? "twice" : table.hasKey(records, at) ? "different" : "unknown";
      sink.wrong(ordinalOf(records, at), slot, tackNs, why);
      return;
    }
    sink.stored(slot);
    const flags = itemOf(table.records, sent + 7);
    const altered = (flags & ALTERED) !== 0;
    if ((flags & SEVERAL) === 0) {
      sink.found(altered);
      return;
    }
    const found = this.#record;
    found.set(table.records.subarray(sent, sent + RECORD_WORDS));
    // By the readout alone, as its forms may have different times.
    this.#several.add(ordinalOf(found, 0) % this.#several.partitions, found);
  }

  /** A readout that was found in several forms is stored if it was found as it was made. */
  #settleSeveral(partition: number, sink: ComparisonSink): void {
    const altered = new Map<number, boolean>();
    for (const records of this.#several.blocksOf(partition)) {
      for (let at = 0; at < records.length; at += RECORD_WORDS) {
        const readout = ordinalOf(records, at);
        const isAltered = (itemOf(records, at + 7) & ALTERED) !== 0;
        altered.set(readout, isAltered && (altered.get(readout) ?? true));
      }
    }
    for (const isAltered of altered.values()) sink.found(isAltered);
  }

  #partitionOf(record: Uint32Array): number {
    return hashKey(record, 0) >>> this.#shift;
  }
}

/** The sent readouts of a partition, by slot, times and voltages. Of equal ones it has the first. */
class SentTable {
  /** All of them, one after another. */
  records = new Uint32Array(0);
  #end = 0;
  /** Begin of a record in `records` plus 1, by its hash; 0 where none is. */
  #table = new Int32Array(0);
  #mask = 0;
  #taken = new Uint8Array(0);

  fill(sent: PartitionedRecords, partition: number): void {
    const count = itemOf(sent.counts, partition);
    if (count > MAX_RECORDS) {
      throw new OperationError(
        `cannot compare ${count} sent readouts with similar times at once; check the simulations ` +
          "one by one",
      );
    }
    const places = 2 ** Math.ceil(Math.log2(2 * count + 2));
    if (this.records.length < count * RECORD_WORDS) {
      const room = Math.ceil(count * 1.1);
      this.records = new Uint32Array(room * RECORD_WORDS);
      this.#taken = new Uint8Array(room);
    }
    if (this.#table.length < places) this.#table = new Int32Array(places);
    else this.#table.fill(0, 0, places);
    this.#mask = places - 1;
    this.#taken.fill(0);
    this.#end = 0;
    for (const block of sent.blocksOf(partition)) {
      this.records.set(block, this.#end);
      this.#end += block.length;
    }
    for (let at = 0; at < this.#end; at += RECORD_WORDS) {
      const place = this.#placeOf(this.records, at);
      if (this.#table[place] === 0) this.#table[place] = at + 1;
    }
  }

  /** Begin of the sent readout that is equal to a stored one; -1 if there is none. */
  find(records: Uint32Array, at: number): number {
    return itemOf(this.#table, this.#placeOf(records, at)) - 1;
  }

  /** Takes a sent readout; false if it was taken before. */
  take(at: number): boolean {
    const index = at / RECORD_WORDS;
    if (this.#taken[index] === 1) return false;
    this.#taken[index] = 1;
    return true;
  }

  /** Whether one was sent with the same slot and times. It looks at all: call it rarely. */
  hasKey(records: Uint32Array, at: number): boolean {
    for (let other = 0; other < this.#end; other += RECORD_WORDS) {
      if (hasSameKey(this.records, other, records, at)) return true;
    }
    return false;
  }

  /** The place of the equal sent readout in the table, or the empty place for it. */
  #placeOf(records: Uint32Array, at: number): number {
    let place = (hashKey(records, at) ^ itemOf(records, at + 4)) & this.#mask;
    for (;;) {
      const other = itemOf(this.#table, place) - 1;
      if (other < 0) return place;
      if (
        hasSameVoltages(this.records, other, records, at) &&
        hasSameKey(this.records, other, records, at)
      ) return place;
      place = place + 1 & this.#mask;
    }
  }
}

/** An item that exists; it is read for each readout, so that a check would cost. */
function itemOf(items: Uint32Array | Int32Array | Float64Array, index: number): number {
  return items[index] as number;
}
