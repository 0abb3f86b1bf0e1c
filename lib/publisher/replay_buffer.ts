import { ConfigurationError } from "../errors.ts";
import { type CameraEvent, EVENT_BYTES } from "../event.ts";

/** Events of one run without a gap between their numbers, both ends included. */
export interface ReplayRange {
  run: bigint;
  from: bigint;
  to: bigint;
}

/** Events of one run with consecutive numbers, as they lie in the ring. */
interface Stretch {
  run: bigint;
  /** Number of the first event. */
  from: bigint;
  /** Place of the first event, counted from the first that was ever put in. */
  place: number;
  count: number;
}

/**
 * The last events, to be asked for again by run and number.
 *
 * It holds the events themselves and no copies, of several runs when a run was started meanwhile.
 * When it is full, the oldest event makes room. Putting in and finding an event take constant time;
 * only stretches, which end where a run or a pause begins, are searched one by one.
 */
export class ReplayBuffer {
  /** What the events may take at most, bytes. */
  readonly maxBytes: number;
  /** Events it holds at most. */
  readonly capacity: number;
  readonly #ring: (CameraEvent | undefined)[];
  readonly #stretches: Stretch[] = [];
  #pushed = 0;

  /**
   * @param maxBytes what the events may take; one has 16952 bytes
   * @throws {ConfigurationError} when that is no room for a single event
   */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.capacity = Math.floor(maxBytes / EVENT_BYTES);
    if (this.capacity < 1) {
      throw new ConfigurationError(
        `a replay buffer of ${maxBytes} bytes holds no event: give at least ${EVENT_BYTES}B`,
      );
    }
    this.#ring = new Array<CameraEvent | undefined>(this.capacity).fill(undefined);
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
    return this.#stretches.map(({ run, from, count }) => (
      { run, from, to: from + BigInt(count) - 1n }
    ));
  }

  /** Puts events in; their bytes must not change any more. */
  push(events: readonly CameraEvent[]): void {
    for (const event of events) this.#push(event);
  }

  /**
   * The events of a run with numbers in a range, in rising order; those it does not hold are left
   * out.
   *
   * @param to last number; by default the newest
   * @param max how many at most
   */
  range(run: bigint, from: bigint, to?: bigint, max = Infinity): CameraEvent[] {
    const events: CameraEvent[] = [];
    for (const stretch of this.#stretches) {
      if (stretch.run !== run) continue;
      const end = stretch.from + BigInt(stretch.count) - 1n;
      const first = from > stretch.from ? from : stretch.from;
      const last = to !== undefined && to < end ? to : end;
      if (first > last) continue;
      const place = stretch.place + Number(first - stretch.from);
      const count = Math.min(Number(last - first) + 1, max - events.length);
      for (let index = 0; index < count; index++) {
        const event = this.#ring[(place + index) % this.capacity];
        if (event !== undefined) events.push(event);
      }
    }
    return events;
  }

  #push(event: CameraEvent): void {
    if (this.#pushed >= this.capacity) this.#dropOldest();
    const { run, number } = event;
    const last = this.#stretches.at(-1);
    if (last !== undefined && last.run === run && number === last.from + BigInt(last.count)) {
      last.count++;
    } else {
      this.#stretches.push({ run, from: number, place: this.#pushed, count: 1 });
    }
    this.#ring[this.#pushed % this.capacity] = event;
    this.#pushed++;
  }

  #dropOldest(): void {
    const [oldest] = this.#stretches;
    oldest.from++;
    oldest.place++;
    if (--oldest.count === 0) this.#stretches.shift();
  }
}
