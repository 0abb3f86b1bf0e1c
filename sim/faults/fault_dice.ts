import { itemAt } from "../../lib/item_at.ts";
import { Random } from "../random.ts";
import type { FaultSettings } from "./fault_options.ts";
import type { DatagramFate } from "./packet_fate.ts";

/** The stream of the seed for faults; the modules' signals have streams 0..31. */
const STREAM = 0xfa17;

/** Random numbers drawn for each packet, with or without faults. */
const DRAWS = 7;

/** Largest number of bytes that are changed. */
const MAX_FLIPS = 4;

/** The drawn faults of a packet. */
export interface DrawnFate {
  lost: boolean;
  reordered: boolean;
  /** What is sent: one datagram, or a second one after it. */
  datagrams: { fate: DatagramFate; delayMs: number }[];
}

/**
 * Draws the faults of each packet, in the order of their making. The same seed and options give the
 * same faults, independent of the times of sending.
 */
export class FaultDice {
  readonly #faults: FaultSettings;
  readonly #random: Random;
  readonly #draws = new Float64Array(DRAWS);
  readonly #positions = new Float64Array(2 * MAX_FLIPS + 1);

  /** @param seed u32 */
  constructor(faults: FaultSettings, seed: number) {
    this.#faults = faults;
    this.#random = new Random(seed, STREAM);
  }

  /** @param lengthBytes length of the packet */
  draw(lengthBytes: number): DrawnFate {
    const { loss, duplicate, reorder, corrupt, truncate, jitterMs } = this.#faults;
    this.#random.fill(this.#draws, 0, 1);
    const drawn = (place: number) => itemAt(this.#draws, place);
    const [lost, twice, late, changed] = [drawn(0), drawn(1), drawn(2), drawn(3)];
    const [cut, jitter, secondJitter] = [drawn(4), drawn(5), drawn(6)];
    const fate: DatagramFate = {};
    if (changed < corrupt) fate.flips = this.#flips(lengthBytes);
    if (cut < truncate) {
      // The deciding number is uniform below `truncate`: it also gives the length.
      fate.cutToBytes = Math.min(Math.floor(cut / truncate * lengthBytes), lengthBytes - 1);
    }
    const datagrams = [{ fate, delayMs: jitter * jitterMs }];
    if (twice < duplicate) datagrams.push({ fate: {}, delayMs: secondJitter * jitterMs });
    return { lost: lost < loss, reordered: late < reorder, datagrams };
  }

  #flips(lengthBytes: number): [number, number][] {
    this.#random.fill(this.#positions, 0, 1);
    const drawn = (place: number) => itemAt(this.#positions, place);
    const count = 1 + Math.floor(drawn(0) * MAX_FLIPS);
    return Array.from({ length: count }, (_, index) => [
      Math.floor(drawn(1 + 2 * index) * lengthBytes),
      1 + Math.floor(drawn(2 + 2 * index) * 255),
    ]);
  }
}
