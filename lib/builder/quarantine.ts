import { countSlots } from "../wire/camera.ts";
import type { Arrival } from "./arrival.ts";
import { FarGroup } from "./far_group.ts";

/** Maximum number of held readouts. One packet from each of 32 modules has up to 1984. */
const CAPACITY = 2048;

/** Maximum number of groups: so many strays may arrive between two packets that agree. */
const MAX_GROUPS = 64;

const NONE: readonly Arrival[] = [];

/**
 * Holds readouts far from the camera's TACK until it is known what they are.
 *
 * Readouts that agree with each other form a group. If most of the heard modules are in one group,
 * TACK was reset, and the group's readouts are returned to be built. A slot leaves its group with a
 * readout from elsewhere, and joins again with its next readout in the group. The group keeps its
 * readouts then, because an overtaken packet may still come from before the reset. Strays have
 * their own groups and do not disturb others. A copy of a held readout is not held: copies cannot
 * fill it. It holds at most 2048 readouts in 64 groups. When it
 * is full, it gives up the group with the fewest modules, the oldest of these. If that is the new
 * readout's own group, it gives up the readout.
 */
export class Quarantine {
  #groups: FarGroup[] = [];
  #length = 0;

  /** Number of held readouts. */
  get length(): number {
    return this.#length;
  }

  /** Slots with held readouts. */
  get mask(): number {
    return this.#groups.reduce((mask, { senders }) => (mask | senders) >>> 0, 0);
  }

  /** When the first held readout arrived; Infinity without one. */
  get sinceMs(): number {
    return this.#groups.reduce((least, { firstMs }) => Math.min(least, firstMs), Infinity);
  }

  /**
   * Holds readout `index` of a packet.
   *
   * @param farNs how far a readout may be from the others of its group
   * @returns the readout's group, if it is held; whether it is a copy of a held readout; and the
   * readouts that were given up
   */
  hold(
    arrival: Arrival,
    index: number,
    farNs: number,
  ): { group?: FarGroup; isCopy: boolean; dismissed: readonly Arrival[] } {
    const { slot, packet } = arrival;
    const high = packet.tackHigh(index);
    const low = packet.tackLow(index);
    let group = this.#groups.find((candidate) => candidate.agrees(high, low, farNs));
    for (const other of this.#groups) if (other !== group) other.leave(slot);
    if (group?.has(slot, high, low)) {
      group.join(slot, arrival.nowMs);
      return { group, isCopy: true, dismissed: NONE };
    }
    let dismissed = NONE;
    if (this.#length === CAPACITY || group === undefined && this.#groups.length === MAX_GROUPS) {
      const weakest = this.#weakest();
      if (weakest === group) return { isCopy: false, dismissed: [arrival] };
      dismissed = this.#remove(weakest);
    }
    if (group === undefined) {
      group = new FarGroup();
      this.#groups.push(group);
    }
    group.hold(arrival, index);
    this.#length++;
    return { group, isCopy: false, dismissed };
  }

  /** Notes that a slot sent a readout that is not far. */
  near(slot: number): void {
    for (const group of this.#groups) group.leave(slot);
  }

  /** Gives up and returns the readouts that arrived at this time or before. */
  expire(cameMs: number): readonly Arrival[] {
    if (this.#length === 0 || this.sinceMs > cameMs) return NONE;
    return this.takeWhere(({ nowMs }) => nowMs <= cameMs);
  }

  /** Removes and returns a group's readouts. */
  take(group: FarGroup): readonly Arrival[] {
    return this.#remove(group);
  }

  /** Removes and returns the readouts for which this is true. */
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
