import { messageOf, OperationError } from "../../lib/errors.ts";
import { SLOTS } from "../../lib/wire/camera.ts";
import type { PacketFate } from "../faults/packet_fate.ts";
import type { Manifest } from "./manifest.ts";
import { checkPacketFate, parseManifest } from "./parse_manifest.ts";

/** Finds the fate of a packet. */
export interface Fates {
  /** Undefined for a packet that was sent exactly once and unchanged. */
  get(slot: number, firstReadout: number): PacketFate | undefined;
}

/** A manifest whose packets are not in memory as objects. */
export interface IndexedManifest {
  /** The manifest, with an empty list of packets. */
  manifest: Manifest;
  /** Its packets. */
  fates: Fates;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads a manifest as {@linkcode parseManifest} does, but keeps the fates of packets as the bytes of
 * the manifest, and parses each when it is asked for. The fates of a whole night, up to a million, need
 * a gigabyte as objects; here 36 bytes each beside the bytes.
 *
 * @param bytes the whole manifest, UTF-8; they must not change
 * @throws {OperationError} with what is wrong
 */
export function indexManifest(bytes: Uint8Array<ArrayBuffer>): IndexedManifest {
  const list = packetList(bytes);
  if (list === undefined) {
    const manifest = parseManifest(textOf(bytes));
    return { manifest, fates: fatesIn(manifest) };
  }
  const [start, end, elements] = list;
  const manifest = parseManifest(textOf(bytes.subarray(0, start)) + textOf(bytes.subarray(end)));
  if (manifest.packets.length > 0) {
    throw new OperationError("it is not a manifest: packets is twice");
  }
  try {
    return { manifest, fates: new FateIndex(bytes, elements, manifest.simulation.modules) };
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
    throw new OperationError(`it is not a manifest: ${reason}`, { cause: error });
  }
}

/** The fates of a manifest that is in memory. */
export function fatesIn({ packets }: Pick<Manifest, "packets">): Fates {
  const fates = new Map(
    packets.map((fate) => [keyOf(fate.slot, fate.firstReadout), fate] as const),
  );
  return { get: (slot, firstReadout) => fates.get(keyOf(slot, firstReadout)) };
}

/** A hash table of the fates' places in a manifest. */
class FateIndex implements Fates {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Begin and end of each fate in turn. */
  readonly #elements: Uint32Array;
  readonly #keys: Float64Array;
  /** Index of a fate plus 1; 0 where none is. */
  readonly #table: Int32Array;

  constructor(bytes: Uint8Array<ArrayBuffer>, elements: Uint32Array, modules: number) {
    const count = elements.length / 2;
    this.#bytes = bytes;
    this.#elements = elements;
    this.#keys = new Float64Array(count);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    for (let index = 0; index < count; index++) {
      const fate = this.#parse(index);
      checkPacketFate(fate, modules);
      const key = keyOf(fate.slot, fate.firstReadout);
      this.#keys[index] = key;
      // Of several for one packet, the last one counts.
      this.#table[this.#placeOf(key)] = index + 1;
    }
  }

  get(slot: number, firstReadout: number): PacketFate | undefined {
    const index = (this.#table[this.#placeOf(keyOf(slot, firstReadout))] as number) - 1;
    return index < 0 ? undefined : this.#parse(index);
  }

  #parse(index: number): PacketFate {
    const [from, to] = [this.#elements[2 * index], this.#elements[2 * index + 1]];
    return JSON.parse(textOf(this.#bytes.subarray(from, to)));
  }

  /** The place of a key in the table, or the empty place for it. */
  #placeOf(key: number): number {
    const mask = this.#table.length - 1;
    let place = Math.imul(key % 2 ** 32, 0x9e3779b1 | 0) >>> 7 & mask;
    for (;;) {
      const index = (this.#table[place] as number) - 1;
      if (index < 0 || this.#keys[index] === key) return place;
      place = place + 1 & mask;
    }
  }
}

/**
 * Where the list of packets is, without its brackets, and begin and end of each packet in turn.
 * Undefined if there is none; what is no JSON is left to a parser.
 */
function packetList(bytes: Uint8Array): [start: number, end: number, Uint32Array] | undefined {
  let depth = 0;
  let key = "";
  let start = -1;
  let from = 0;
  let needsComma = false;
  let elements = new Uint32Array(1024);
  let used = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const begin = at + 1;
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
      if (depth === 1) key = textOf(bytes.subarray(begin, at));
      if (start >= 0 && depth === 2) return undefined;
    } else if (byte === OPEN || byte === OPEN_LIST) {
      depth++;
      if (depth === 2 && byte === OPEN_LIST && key === "packets") start = at + 1;
      if (start < 0 || depth !== 3) continue;
      if (byte !== OPEN || needsComma) return undefined;
      from = at;
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      depth--;
      if (start < 0) continue;
      if (depth === 1) {
        return used > 0 && !needsComma ? undefined : [start, at, elements.slice(0, used)];
      }
      if (depth !== 2) continue;
      needsComma = true;
      if (used === elements.length) {
        const more = new Uint32Array(2 * used);
        more.set(elements);
        elements = more;
      }
      elements[used++] = from;
      elements[used++] = at + 1;
    } else if (start >= 0 && depth === 2 && byte > 0x20) {
      if (byte !== COMMA || !needsComma) return undefined;
      needsComma = false;
    } else if (depth === 1 && byte === COMMA) key = "";
  }
  return undefined;
}

/** A whole number that is exact up to 2^48 readouts. */
function keyOf(slot: number, firstReadout: number): number {
  return SLOTS * firstReadout + slot;
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
