import { ConfigurationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import { type CameraEvent, EVENT_BYTES } from "../wire/event.ts";
import type { RunId } from "../wire/run_id.ts";
import { askForHugePages } from "../linux/huge_pages.ts";

/** Events of one run without a gap between their numbers, both ends included. */
export interface ReplayRange extends RunId {
  from: bigint;
  to: bigint;
}

/** Events of one run with consecutive numbers, as they lie in the ring. */
interface Stretch extends RunId {
  /** Number of the first event. */
  from: bigint;
  /** Place of the first event, counted from the first that was ever put in. */
  place: number;
  count: number;
}

/**
 * The last events, to be asked for again by run and number.
 *
 * It holds their messages, of several runs when a run was started meanwhile, in one piece of memory
 * that the system grants as it fills: events that stayed themselves would cost more to keep than to
 * copy. When it is full, the oldest event makes room. Putting in and finding an event take constant
 * time; only stretches, which end where a run or a pause begins, are searched one by one.
 */
export class ReplayBuffer {
  /** What the events may take at most, bytes. */
  readonly maxBytes: number;
  /** Events it holds at most. */
  readonly capacity: number;
  readonly #ring: Uint8Array<ArrayBuffer>;
  readonly #stretches: Stretch[] = [];
  #pushed = 0;

  /**
   * @param maxBytes what the events may take; one has 16952 bytes
   * @throws {ConfigurationError} when that is no room for a single event
   */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.capacity = ReplayBuffer.capacityOf(maxBytes);
    this.#ring = new Uint8Array(this.capacity * EVENT_BYTES);
    askForHugePages(this.#ring);
  }

  /**
   * Events that have room in so many bytes.
   *
   * @throws {ConfigurationError} when not a single one has
   */
  static capacityOf(maxBytes: number): number {
    const capacity = Math.floor(maxBytes / EVENT_BYTES);
    if (capacity >= 1) return capacity;
    throw new ConfigurationError(
      `a replay buffer of ${maxBytes} bytes holds no event: give at least ${EVENT_BYTES}B`,
    );
  }

  /** Events it holds. */
  get length(): number {
    return Math.min(this.#pushed, this.capacity);
  }

  /** What they take, bytes. */
  get bytes(): number {
    return this.length * EVENT_BYTES;
  }

  /** What it holds, oldest first; a run that was paused is there once for each stretch. */
  get ranges(): ReplayRange[] {
    return this.#stretches.map(({ run, epoch, from, count }) => (
      { run, epoch, from, to: from + BigInt(count) - 1n }
    ));
  }

  /** Puts events in. */
  push(events: readonly CameraEvent[]): void {
    for (const event of events) this.#push(event);
  }

  /**
   * The messages of a run's events with numbers in a range, one after another in rising order; those
   * it does not hold are left out.
   *
   * @param run which run; without an epoch, all of its number
   * @param to last number; by default the newest
   * @param max how many at most
   */
  messages(
    { run, epoch }: { run: bigint; epoch?: number | undefined },
    from: bigint,
    to?: bigint,
    max = Infinity,
  ): Uint8Array<ArrayBuffer> {
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
    const messages = new Uint8Array(places.length * EVENT_BYTES);
    places.forEach((place, index) => messages.set(this.#at(place), index * EVENT_BYTES));
    return messages;
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

  /** The memory of a place. */
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
