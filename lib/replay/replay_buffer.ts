import { ConfigurationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import { askForHugePages } from "../linux/huge_pages.ts";
import { type CameraEvent, EVENT_BYTES } from "../wire/event.ts";
import type { RunId } from "../wire/run_id.ts";

/** Consecutive events of one run, first and last number included. */
export interface ReplayRange extends RunId {
  from: bigint;
  to: bigint;
}

/** Consecutive events of one run, as they are in the ring. */
interface Stretch extends RunId {
  /** Number of the first event. */
  from: bigint;
  /** Place of the first event, counted from the first event ever added. */
  place: number;
  count: number;
}

/**
 * Keeps the last events. They can be read again by run and number.
 *
 * It holds the events' messages in one block of memory, which the system grants as it fills. They
 * can belong to several runs. Copying the messages costs less than keeping the events themselves.
 * When the buffer is full, a new event replaces the oldest. Adding and finding an event take
 * constant time. Only the search for the stretch is linear; a new stretch begins with each run or
 * after a pause.
 */
export class ReplayBuffer {
  /** Maximum size of the events, bytes. */
  readonly maxBytes: number;
  /** Maximum number of events. */
  readonly capacity: number;
  readonly #ring: Uint8Array<ArrayBuffer>;
  readonly #stretches: Stretch[] = [];
  #pushed = 0;

  /**
   * @param maxBytes maximum size of the events; one has 16952 bytes
   * @throws {ConfigurationError} if there is no room for one event
   */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.capacity = ReplayBuffer.capacityOf(maxBytes);
    this.#ring = new Uint8Array(this.capacity * EVENT_BYTES);
    askForHugePages(this.#ring);
  }

  /**
   * Number of events that fit in this number of bytes.
   *
   * @throws {ConfigurationError} if not even one fits
   */
  static capacityOf(maxBytes: number): number {
    const capacity = Math.floor(maxBytes / EVENT_BYTES);
    if (capacity >= 1) return capacity;
    throw new ConfigurationError(
      `a replay buffer of ${maxBytes} bytes holds no event: give at least ${EVENT_BYTES}B`,
    );
  }

  /** Number of events in the buffer. */
  get length(): number {
    return Math.min(this.#pushed, this.capacity);
  }

  /** Size of the events, bytes. */
  get bytes(): number {
    return this.length * EVENT_BYTES;
  }

  /** The ranges of events, oldest first. A run that was paused has one for each stretch. */
  get ranges(): ReplayRange[] {
    return this.#stretches.map(({ run, epoch, from, count }) => (
      { run, epoch, from, to: from + BigInt(count) - 1n }
    ));
  }

  /** Adds events. */
  push(events: readonly CameraEvent[]): void {
    for (const event of events) this.#push(event);
  }

  /**
   * The messages of a run's events with numbers in a range, in rising order, in pieces. Events that
   * the buffer does not hold are left out, also those that have been replaced when their piece is
   * taken.
   *
   * @param run which run; without an epoch, all runs with its number
   * @param to last number; by default the newest
   * @param max maximum number of events
   * @param pieceEvents maximum number of events in a piece
   */
  *pieces(
    { run, epoch }: { run: bigint; epoch?: number | undefined },
    from: bigint,
    to?: bigint,
    max = Infinity,
    pieceEvents = Infinity,
  ): Generator<Uint8Array<ArrayBuffer>> {
    const places: number[] = [];
    for (const stretch of this.#stretches) {
      if (stretch.run !== run || epoch !== undefined && stretch.epoch !== epoch) continue;
      const end = stretch.from + BigInt(stretch.count) - 1n;
      const first = from > stretch.from ? from : stretch.from;
      const last = to !== undefined && to < end ? to : end;
      if (first > last) continue;
      const place = stretch.place + Number(first - stretch.from);
      const count = Math.min(Number(last - first) + 1, max - places.length);
      for (let index = 0; index < count; index++) places.push(place + index);
    }
    for (let at = 0; at < places.length; at += pieceEvents) {
      const oldest = this.#pushed - this.length;
      const piece = places.slice(at, at + pieceEvents).filter((place) => place >= oldest);
      const messages = new Uint8Array(piece.length * EVENT_BYTES);
      piece.forEach((place, index) => messages.set(this.#at(place), index * EVENT_BYTES));
      if (messages.length > 0) yield messages;
    }
  }

  #push(event: CameraEvent): void {
    if (this.#pushed >= this.capacity) this.#dropOldest();
    const { run, epoch, number } = event;
    const last = this.#stretches.at(-1);
    const isSame = last !== undefined && last.run === run && last.epoch === epoch;
    if (isSame && number === last.from + BigInt(last.count)) {
      last.count++;
    } else {
      this.#stretches.push({ run, epoch, from: number, place: this.#pushed, count: 1 });
    }
    this.#at(this.#pushed).set(event.bytes);
    this.#pushed++;
  }

  /** The memory at a place. */
  #at(place: number): Uint8Array<ArrayBuffer> {
    const at = place % this.capacity * EVENT_BYTES;
    return this.#ring.subarray(at, at + EVENT_BYTES);
  }

  #dropOldest(): void {
    const oldest = itemAt(this.#stretches, 0);
    oldest.from++;
    oldest.place++;
    if (--oldest.count === 0) this.#stretches.shift();
  }
}
