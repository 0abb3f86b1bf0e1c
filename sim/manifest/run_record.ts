import { itemAt } from "../../lib/item_at.ts";
import type { DatagramFate, PacketFate } from "../faults/packet_fate.ts";
import {
  type FaultTotals,
  type Manifest,
  newFaultTotals,
  type Silence,
  type SilenceCause,
} from "./manifest.ts";

/** Largest number of fates that are kept. */
const MAX_FATES = 2 ** 20;

/** Largest number of silences that are kept. */
const MAX_SILENCES = 2 ** 16;

/**
 * Keeps the fate of every packet, for the manifest.
 *
 * It keeps a million fates and 65 536 silences. When these are full, {@linkcode RunRecord.isFull} is
 * true, and no more faults may be made. Further fates are only counted, and the manifest says that it
 * is incomplete.
 */
export class RunRecord {
  /** By slot. */
  readonly totals: FaultTotals[];
  readonly #fates = new Map<number, PacketFate>();
  readonly #silences: Silence[] = [];
  /** By slot: the present silence. */
  readonly #open: (Silence | undefined)[] = [];
  readonly #modules: number;
  #incomplete = false;

  constructor(modules: number) {
    this.#modules = modules;
    this.totals = Array.from({ length: modules }, newFaultTotals);
  }

  /** Whether no further fate can be kept. */
  get isFull(): boolean {
    return this.#fates.size >= MAX_FATES;
  }

  /** The sum over all slots. */
  get sum(): FaultTotals {
    const sum = newFaultTotals();
    for (const slot of this.totals) {
      for (const key of Object.keys(sum) as (keyof FaultTotals)[]) sum[key] += slot[key];
    }
    return sum;
  }

  /** Notes a packet that was made, and why it is not sent, if so. */
  made(slot: number, firstReadout: number, readouts: number, silent?: SilenceCause): void {
    const totals = this.#totalsOf(slot);
    totals.packetsMade++;
    totals.readoutsMade += readouts;
    if (silent !== undefined) totals[silent]++;
    const open = this.#open[slot];
    if (open?.cause === silent) {
      if (open !== undefined) open.endReadout = firstReadout + readouts;
      return;
    }
    this.#open[slot] = undefined;
    if (silent === undefined) return;
    if (this.#silences.length === MAX_SILENCES) {
      this.#incomplete = true;
      return;
    }
    const endReadout = firstReadout + readouts;
    const silence = { slot, firstReadout, endReadout, cause: silent };
    this.#open[slot] = silence;
    this.#silences.push(silence);
  }

  /** Notes the fate of a packet. */
  fate(fate: PacketFate): void {
    const totals = this.#totalsOf(fate.slot);
    const { datagrams = [] } = fate;
    if (fate.lost) totals.lost++;
    if (fate.reordered) totals.reordered++;
    if (datagrams.length > 1) totals.duplicated++;
    if (datagrams.some(({ flips }) => flips !== undefined)) totals.corrupted++;
    if (datagrams.some(({ cutToBytes }) => cutToBytes !== undefined)) totals.truncated++;
    this.#keep(fate);
  }

  /** Notes that datagram `copy` of a packet was sent, or refused. */
  sent(slot: number, firstReadout: number, copy: number, refused: boolean): void {
    const totals = this.#totalsOf(slot);
    if (!refused) {
      totals.packetsSent++;
      return;
    }
    totals.sendErrors++;
    const fate = this.#fates.get(this.#key(slot, firstReadout)) ?? { slot, firstReadout };
    const datagrams: DatagramFate[] = fate.datagrams ?? [{}];
    itemAt(datagrams, copy).sendError = true;
    this.#keep({ ...fate, datagrams });
  }

  /** The part of the manifest that this class keeps. */
  describe(): Pick<Manifest, "silences" | "packets" | "incomplete" | "totals"> {
    return {
      silences: this.#silences,
      packets: [...this.#fates.values()],
      incomplete: this.#incomplete,
      totals: this.sum,
    };
  }

  #totalsOf(slot: number): FaultTotals {
    const totals = this.totals[slot];
    if (totals === undefined) throw new RangeError(`no module has slot ${slot}`);
    return totals;
  }

  #keep(fate: PacketFate): void {
    const key = this.#key(fate.slot, fate.firstReadout);
    if (this.isFull && !this.#fates.has(key)) this.#incomplete = true;
    else this.#fates.set(key, fate);
  }

  #key(slot: number, firstReadout: number): number {
    return firstReadout * this.#modules + slot;
  }
}
