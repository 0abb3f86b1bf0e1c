import { countSlots } from "../wire/camera.ts";
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
 * it is a TACK reset and its readouts are given back to be built. A slot leaves its group with a
 * readout from elsewhere, and is in it again with its next: what the group holds stays, for a packet
 * that was overtaken comes from before the reset. Strays, however many, each have a group of their
 * own, and do not disturb it. It holds 2048 readouts in 64 groups; when it is full,
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
    return this.#groups.reduce((mask, { senders }) => (mask | senders) >>> 0, 0);
  }

  /** When the first of the readouts came; Infinity when there is none. */
  get sinceMs(): number {
    return this.#groups.reduce((least, { firstMs }) => Math.min(least, firstMs), Infinity);
  }

  /**
   * Holds readout `index` of a packet.
   *
   * @param farNs how far a readout may be from those of its group
   * @returns its group, if it is held, and the readouts that were given up
   */
  hold(
    arrival: Arrival,
    index: number,
    farNs: number,
  ): { group?: FarGroup; dismissed: readonly Arrival[] } {
    const { slot, packet } = arrival;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    let group = this.#groups.find((candidate) => candidate.agrees(high, low, farNs));
    for (const other of this.#groups) if (other !== group) other.leave(slot);
    let dismissed = NONE;
    if (this.#length === CAPACITY || group === undefined && this.#groups.length === MAX_GROUPS) {
      const weakest = this.#weakest();
      if (weakest === group) return { dismissed: [arrival] };
      dismissed = this.#remove(weakest);
    }
    if (group === undefined) {
      group = new FarGroup();
      this.#groups.push(group);
    }
    group.hold(arrival, index);
    this.#length++;
    return { group, dismissed };
  }

  /** Notes that a slot has sent a readout that is not far. */
  near(slot: number): void {
    for (const group of this.#groups) group.leave(slot);
  }

  /** Gives up the readouts that came at this time or before; returns them. */
  expire(cameMs: number): readonly Arrival[] {
    if (this.#length === 0 || this.sinceMs > cameMs) return NONE;
    return this.takeWhere(({ nowMs }) => nowMs <= cameMs);
  }

  /** Takes a group's readouts out. */
  take(group: FarGroup): readonly Arrival[] {
    return this.#remove(group);
  }

  /** Takes out the readouts of which this is true. */
  takeWhere(isWanted: (readout: Arrival) => boolean): readonly Arrival[] {
    const taken = this.#groups.flatMap((group) => group.takeWhere(isWanted));
    this.#forget(taken.length);
    return taken;
  }

  #forget(count: number): void {
    if (count === 0) return;
    this.#length -= count;
    this.#groups = this.#groups.filter(({ held }) => held.length > 0);
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
