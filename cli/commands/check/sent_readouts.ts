import { OperationError } from "../../../lib/errors.ts";
import { itemAt } from "../../../lib/item_at.ts";
import { PIXELS_PER_MODULE, SLOTS } from "../../../lib/wire/camera.ts";
import {
  adcToMillivolts,
  type ByteOrder,
  type PacketRefusal,
  PacketView,
  READOUT_BYTES,
} from "../../../lib/wire/packet.ts";

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

/** Result of the comparison of a stored readout with the sent ones. */
export type Match = "stored" | "twice" | "different" | "unknown";

/** More would need over 5 GB. */
const MAX_READOUTS = 20_000_000;
/** Variants whose words share one block of memory. */
const BLOCK = 4096;

/** mV as in a file, by ADC word. */
const MILLIVOLTS = Float32Array.from({ length: 65536 }, (_, word) => adcToMillivolts(word));

/**
 * Every readout that a simulator made, in every form that was sent. Files are compared with it. It
 * keeps all of them, 250 bytes each, and at most twenty million.
 */
export class SentReadouts {
  /** By slot. */
  readonly sent: readonly SentCounts[] = Array.from(
    { length: SLOTS },
    () => ({ decodable: 0, datagrams: 0 }),
  );
  /** Packets that a daemon refuses, by reason. */
  readonly malformed: Partial<Record<PacketRefusal, number>> = {};
  /** Largest number of readouts in a packet. */
  readoutsPerPacket = 0;
  readonly #packet: PacketView;
  /** By readout: fate and slot. */
  readonly #fates: number[] = [];
  readonly #slots: number[] = [];
  /** By variant: its readout, whether a fault changed it, whether it was found. */
  readonly #readouts: number[] = [];
  readonly #altered: boolean[] = [];
  readonly #found: boolean[] = [];
  readonly #words: Uint16Array[] = [];
  /** Variants by slot and times; a list where several share these. */
  readonly #byTimes = new Map<string, number | number[]>();

  /** @param byteOrder of the packets */
  constructor(byteOrder: ByteOrder) {
    this.#packet = new PacketView(byteOrder);
  }

  /** Readouts made. */
  get made(): number {
    return this.#fates.length;
  }

  /**
   * Adds a packet; the packets of a slot may come in any order.
   *
   * @throws {OperationError} when there are too many readouts
   */
  add({ slot, made, cause, datagrams }: SentPacket): void {
    const count = made.length / READOUT_BYTES;
    const first = this.#fates.length;
    if (first + count > MAX_READOUTS) {
      throw new OperationError(
        `cannot check more than ${MAX_READOUTS} readouts at once; check a shorter simulation`,
      );
    }
    const fate = cause ?? "cut";
    for (let index = 0; index < count; index++) {
      this.#fates.push(FATES.indexOf(fate));
      this.#slots.push(slot);
    }
    for (const datagram of datagrams) this.#addDatagram(slot, first, count, made, datagram);
  }

  /**
   * Finds the sent readout that a row has for a slot, and marks it as found.
   *
   * @param timesNs `tPrim` and `tAux` of all slots, as in the row
   * @param millivolts the 2048 voltages of the row
   */
  find(slot: number, timesNs: BigUint64Array, millivolts: Float32Array): Match {
    const found = this.#byTimes.get(`${slot} ${timesNs[2 * slot]} ${timesNs[2 * slot + 1]}`);
    if (found === undefined) return "unknown";
    let match: Match = "different";
    for (const variant of typeof found === "number" ? [found] : found) {
      if (!this.#hasVoltages(variant, millivolts, slot * PIXELS_PER_MODULE)) continue;
      match = "twice";
      if (this.#found[variant]) continue;
      this.#found[variant] = true;
      this.#note(itemAt(this.#readouts, variant), this.#altered[variant] ? "altered" : "stored");
      return "stored";
    }
    return match;
  }

  /** Readouts by slot and fate. */
  fates(): Record<Fate, number>[] {
    const bySlot = Array.from(
      { length: SLOTS },
      () => Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>,
    );
    for (const [readout, fate] of this.#fates.entries()) {
      itemAt(bySlot, itemAt(this.#slots, readout))[itemAt(FATES, fate)]++;
    }
    return bySlot;
  }

  #addDatagram(
    slot: number,
    first: number,
    made: number,
    original: Uint8Array,
    datagram: Uint8Array,
  ): void {
    const sent = itemAt(this.sent, slot);
    sent.datagrams++;
    const refusal = this.#packet.read(datagram, 0, datagram.length);
    if (refusal !== undefined) {
      this.malformed[refusal] = (this.malformed[refusal] ?? 0) + 1;
      for (let index = 0; index < made; index++) this.#note(first + index, "malformed");
      return;
    }
    const { count } = this.#packet;
    sent.decodable += count;
    this.readoutsPerPacket = Math.max(this.readoutsPerPacket, count);
    for (let index = 0; index < count; index++) {
      this.#note(first + index, "missing");
      this.#addVariant(slot, first + index, index, isAltered(original, datagram, index));
    }
  }

  /** An identical second copy is the same variant. */
  #addVariant(slot: number, readout: number, index: number, altered: boolean): void {
    const { tPrim, tAux, words } = this.#packet.readout(index);
    const key = `${slot} ${tPrim} ${tAux}`;
    const there = this.#byTimes.get(key);
    const others = there === undefined ? [] : typeof there === "number" ? [there] : there;
    if (others.some((other) => isSame(this.#wordsOf(other), words))) return;
    const variant = this.#readouts.length;
    if (variant % BLOCK === 0) this.#words.push(new Uint16Array(BLOCK * PIXELS_PER_MODULE));
    this.#readouts.push(readout);
    this.#altered.push(altered);
    this.#found.push(false);
    this.#wordsOf(variant).set(words);
    this.#byTimes.set(key, others.length === 0 ? variant : [...others, variant]);
  }

  #note(readout: number, fate: Fate): void {
    const before = itemAt(FATES, itemAt(this.#fates, readout));
    if (FATE_RANK[fate] > FATE_RANK[before]) this.#fates[readout] = FATES.indexOf(fate);
  }

  #wordsOf(variant: number): Uint16Array {
    const at = (variant % BLOCK) * PIXELS_PER_MODULE;
    const block = itemAt(this.#words, Math.floor(variant / BLOCK));
    return block.subarray(at, at + PIXELS_PER_MODULE);
  }

  #hasVoltages(variant: number, millivolts: Float32Array, at: number): boolean {
    return this.#wordsOf(variant).every((word, line) => MILLIVOLTS[word] === millivolts[at + line]);
  }
}

/** When the copies of a readout have different fates, the highest rank counts. */
const FATE_RANK: Record<Fate, number> = {
  lost: 0,
  killed: 0,
  paused: 0,
  sendError: 0,
  cut: 0,
  malformed: 1,
  missing: 2,
  altered: 3,
  stored: 4,
};

function isAltered(original: Uint8Array, datagram: Uint8Array, index: number): boolean {
  const from = index * READOUT_BYTES;
  return !isSame(
    original.subarray(from, from + READOUT_BYTES),
    datagram.subarray(from, from + READOUT_BYTES),
  );
}

function isSame(a: Uint8Array | Uint16Array, b: Uint8Array | Uint16Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
