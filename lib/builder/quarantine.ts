import { countSlots } from "../camera.ts";
import type { Arrival } from "./arrival.ts";
import { FarGroup } from "./far_group.ts";

/** Readouts held at most; a packet of each of 32 modules has up to 1984. */
const CAPACITY = 2048;

/** Groups held at most: so many strays may come between two packets that agree. */
const MAX_GROUPS = 64;

const NONE: readonly Arrival[] = [];

/**
 * Holds readouts far off the camera's TACK until it is known what they are.
 *
 * Those that agree with each other are a group. When most of the modules that are heard are in one,
 * it is a TACK reset and its readouts are given back to be built; strays, however many, each have a
 * group of their own, and do not disturb it. It holds 2048 readouts in 64 groups; when it is full,
 * the group of the fewest modules, the oldest of these, is given up, or the readout itself when that
 * is its own group.
 */
export class Quarantine {
  #groups: FarGroup[] = [];
  #length = 0;

  /** Readouts held. */
  get length(): number {
    return this.#length;
  }

  /** Slots that have readouts in here. */
  get mask(): number {
    return this.#groups.reduce((mask, group) => (mask | group.mask) >>> 0, 0);
  }

  /** When the first of the readouts came; Infinity when there is none. */
  get sinceMs(): number {
    return this.#groups.length === 0 ? Infinity : this.#groups[0].firstMs;
  }

  /**
   * Holds readout `index` of a packet.
   *
   * @param farNs how far a readout may be from the last one of its group
   * @returns its group, if it is held, and the readouts that were given up
   */
  hold(
    arrival: Arrival,
    index: number,
    farNs: number,
  ): { group?: FarGroup; dismissed: readonly Arrival[] } {
    const { packet, nowMs } = arrival;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    let group = this.#groups.find((candidate) => candidate.agrees(high, low, farNs));
    let dismissed = NONE;
    if (this.#length === CAPACITY || group === undefined && this.#groups.length === MAX_GROUPS) {
      const weakest = this.#weakest();
      if (weakest === group) return { dismissed: [arrival] };
      dismissed = this.#remove(weakest);
    }
    if (group === undefined) {
      group = new FarGroup(nowMs);
      this.#groups.push(group);
    }
    group.hold(arrival, index);
    this.#length++;
    return { group, dismissed };
  }

  /**
   * Notes that a slot has sent a readout that is not far: the groups it is in are no reset.
   *
   * @returns the readouts that were given up
   */
  near(slot: number): readonly Arrival[] {
    if (this.#length === 0) return NONE;
    return this.#groups.filter((group) => (group.mask >>> slot) & 1)
      .flatMap((group) => this.#remove(group));
  }

  /** Gives up the groups that began at this time or before; returns their readouts. */
  expire(beganMs: number): readonly Arrival[] {
    if (this.#length === 0 || this.sinceMs > beganMs) return NONE;
    return this.#groups.filter((group) => group.firstMs <= beganMs)
      .flatMap((group) => this.#remove(group));
  }

  /** Takes a group's readouts out. */
  take(group: FarGroup): readonly Arrival[] {
    return this.#remove(group);
  }

  #weakest(): FarGroup {
    return this.#groups.reduce((weakest, group) =>
      countSlots(group.mask) < countSlots(weakest.mask) ? group : weakest
    );
  }

  #remove(group: FarGroup): readonly Arrival[] {
    this.#groups = this.#groups.filter((other) => other !== group);
    this.#length -= group.held.length;
    return group.held;
  }
}
