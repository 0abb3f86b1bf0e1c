import { itemAt } from "../../../lib/item_at.ts";
import {
  type Malformed,
  type PacketByteOrder,
  PacketDecoder,
  READOUT_LENGTH,
} from "./packet_decoder.ts";
import type { ReadoutComparison } from "./readout_comparison.ts";
import { CAMERA_SLOTS } from "./row_decoder.ts";

/** Why a packet was never sent. */
export type NotSent = "lost" | "killed" | "paused" | "sendError";

/** A packet that a simulator made, and what was sent of it. */
export interface SentPacket {
  slot: number;
  /** The packet as it was made. */
  made: Uint8Array;
  /** Why it was not sent. */
  cause?: NotSent;
  /** The datagrams as they were sent: cut, changed, or several times. */
  datagrams: readonly Uint8Array[];
}

/** The fate of a readout, as the simulator and the files show it. */
export const FATES = [
  "stored",
  "altered",
  "lost",
  "killed",
  "paused",
  "sendError",
  "malformed",
  "cut",
  "missing",
] as const;

/**
 * `stored`: in a file as it was made. `altered`: a fault changed it, and it is stored so. `lost`,
 * `killed`, `paused`, `sendError`: never sent. `malformed`: sent only in malformed packets. `cut`:
 * cut off its packet. `missing`: sent, but in no file.
 */
export type Fate = typeof FATES[number];

/** What was sent from one slot. */
export interface SentCounts {
  /** Readouts in packets that a daemon accepts, with second copies. */
  decodable: number;
  /** Datagrams that were sent. */
  datagrams: number;
}

/**
 * Counts the readouts that simulators made, and gives every form in which one was sent to the
 * comparison with the files. It keeps no readout itself.
 */
export class SentReadouts {
  /** By slot. */
  readonly sent: readonly SentCounts[] = Array.from(
    { length: CAMERA_SLOTS },
    () => ({ decodable: 0, datagrams: 0 }),
  );
  /** Packets that a daemon refuses, by reason. */
  readonly malformed: Partial<Record<Malformed, number>> = {};
  /** Largest number of readouts in a packet. */
  readoutsPerPacket = 0;
  /** Readouts made. */
  made = 0;
  /** Their fates; before the comparison, all that were sent are missing. */
  readonly fates: Record<Fate, number> = Object.fromEntries(
    FATES.map((fate) => [fate, 0]),
  ) as Record<Fate, number>;
  readonly #packet: PacketDecoder;
  readonly #comparison: ReadoutComparison;

  /** @param byteOrder of the packets */
  constructor(byteOrder: PacketByteOrder, comparison: ReadoutComparison) {
    this.#packet = new PacketDecoder(byteOrder);
    this.#comparison = comparison;
  }

  /**
   * Adds a packet; the packets of a slot may come in any order.
   *
   * @throws {OperationError} when the temporary file cannot be written
   */
  add({ slot, made, cause, datagrams }: SentPacket): void {
    const count = made.length / READOUT_LENGTH;
    const first = this.made;
    this.made += count;
    const accepted = datagrams.map((datagram) => this.#accept(slot, datagram));
    const isMalformed = accepted.includes(0);
    // What the longest accepted copy has was sent; the rest was only in others, or cut off.
    const sent = Math.max(0, ...accepted);
    for (let index = 0; index < sent; index++) {
      this.#addReadout(slot, first + index, index, made, datagrams, accepted);
    }
    this.fates.missing += sent;
    this.fates[isMalformed ? "malformed" : cause ?? "cut"] += count - sent;
  }

  /** Notes that a readout was found that was missing until now; `altered` if a fault changed it. */
  found(altered: boolean): void {
    this.fates.missing--;
    this.fates[altered ? "altered" : "stored"]++;
  }

  /** Readouts in a datagram that a daemon accepts; 0 in one that it refuses. */
  #accept(slot: number, datagram: Uint8Array): number {
    const sent = itemAt(this.sent, slot);
    sent.datagrams++;
    const refusal = this.#packet.read(datagram);
    if (refusal !== undefined) {
      this.malformed[refusal] = (this.malformed[refusal] ?? 0) + 1;
      return 0;
    }
    const { count } = this.#packet;
    sent.decodable += count;
    this.readoutsPerPacket = Math.max(this.readoutsPerPacket, count);
    return count;
  }

  /** A readout in each form in which it was sent; an identical copy is the same form. */
  #addReadout(
    slot: number,
    readout: number,
    index: number,
    made: Uint8Array,
    datagrams: readonly Uint8Array[],
    accepted: readonly number[],
  ): void {
    const forms: Uint8Array[] = [];
    for (const [copy, datagram] of datagrams.entries()) {
      if (index >= itemAt(accepted, copy)) continue;
      if (!forms.some((form) => isSame(form, datagram, index))) forms.push(datagram);
    }
    for (const form of forms) {
      // The decoder already has the only datagram of nearly all packets.
      if (datagrams.length > 1) this.#packet.read(form);
      const altered = form !== made && !isSame(form, made, index);
      this.#comparison.addSent(this.#packet, index, slot, readout, altered, forms.length > 1);
    }
  }
}

/** Whether two datagrams have the same bytes of a readout. */
function isSame(a: Uint8Array, b: Uint8Array, index: number): boolean {
  // Without a fault, what was sent is the memory of what was made.
  if (a.buffer === b.buffer && a.byteOffset === b.byteOffset) return true;
  for (let at = index * READOUT_LENGTH; at < (index + 1) * READOUT_LENGTH; at++) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
