/**
 * The packet as `ssdaq check` understands it: a second decoder, written from docs/formats.md alone.
 *
 * It imports neither the packet of the library, which the daemon decodes with and the simulator
 * encodes with, nor anything of the simulator. Otherwise one mistake could be in all three: a wrong
 * order of pixels in the library would be sent, received and proved as right. So every datagram that
 * the simulator made again goes through this decoder, and what comes out is compared twice: with the
 * simulator's signal before it was packed (this finds a wrong encoder), and with the voltages in the
 * file (this finds a wrong decoder). The rows of the file have a second decoder too, `row_decoder.ts`.
 *
 * Only the meaning of a slot is not decoded here: no packet contains it. The file must have each
 * readout in the slot of the module that the simulator sent it from.
 *
 * @module
 */

/** Byte order of the numbers in a packet. */
export type PacketByteOrder = "big" | "little";

/** Why a daemon must refuse a packet; the names are those of the counters. */
export type Malformed = "empty" | "oversize" | "fractional" | "byteOrder";

/** ADC words in a readout: one for each raw line. */
export const LINES = 64;
/** Bytes of a readout: 8 (TACK), 32 words, 8 (auxiliary stamp), 32 words. */
export const READOUT_LENGTH = 144;

const LONGEST_DATAGRAM = 9000;
const DAY_NS = 86_400_000_000_000n;
const HOUR_NS = 3_600_000_000_000n;

/** One datagram after another. It allocates little, because a night has millions. */
export class PacketDecoder {
  /** Readouts in the datagram; 0 if it must be refused. */
  count = 0;
  readonly #little: boolean;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(byteOrder: PacketByteOrder) {
    this.#little = byteOrder === "little";
  }

  /** Takes a datagram; returns why a daemon must refuse it. It is valid until its bytes change. */
  read(datagram: Uint8Array): Malformed | undefined {
    this.count = 0;
    const { length } = datagram;
    if (length === 0) return "empty";
    if (length > LONGEST_DATAGRAM) return "oversize";
    const readouts = length / READOUT_LENGTH;
    if (!Number.isInteger(readouts)) return "fractional";
    this.#view = new DataView(datagram.buffer, datagram.byteOffset, length);
    if (this.#isSwapped(readouts)) return "byteOrder";
    this.count = readouts;
    return undefined;
  }

  /** Writes TACK time and auxiliary stamp of a readout: two halves each, the high one first. */
  timesInto(index: number, target: Uint32Array): void {
    const from = index * READOUT_LENGTH;
    const little = this.#little;
    const [high, low] = little ? [4, 0] : [0, 4];
    target[0] = this.#view.getUint32(from + high, little);
    target[1] = this.#view.getUint32(from + low, little);
    target[2] = this.#view.getUint32(from + 72 + high, little);
    target[3] = this.#view.getUint32(from + 72 + low, little);
  }

  /** Writes the ADC words of a readout, by raw line. */
  wordsInto(index: number, target: Uint16Array): void {
    const view = this.#view;
    const little = this.#little;
    let from = index * READOUT_LENGTH + 8;
    for (let line = 0; line < 32; line++, from += 2) target[line] = view.getUint16(from, little);
    // The stamp of the auxiliary board is between the boards.
    from += 8;
    for (let line = 32; line < LINES; line++, from += 2) {
      target[line] = view.getUint16(from, little);
    }
  }

  /**
   * Whether its first two times are a day or more apart, but read in the other byte order all rise,
   * each by an hour at most.
   */
  #isSwapped(readouts: number): boolean {
    if (readouts === 1) return false;
    const time = (index: number, little: boolean) =>
      this.#view.getBigUint64(index * READOUT_LENGTH, little);
    if (this.#isNear()) return false;
    const apart = time(1, this.#little) - time(0, this.#little);
    if (apart > -DAY_NS && apart < DAY_NS) return false;
    for (let index = 1; index < readouts; index++) {
      const rise = time(index, !this.#little) - time(index - 1, !this.#little);
      if (rise <= 0n || rise > HOUR_NS) return false;
    }
    return true;
  }

  /** Whether the upper halves of these two times already show that they are less than a day apart. */
  #isNear(): boolean {
    const at = this.#little ? 4 : 0;
    const first = this.#view.getUint32(at, this.#little);
    const second = this.#view.getUint32(READOUT_LENGTH + at, this.#little);
    return Math.abs(second - first) < 20_000;
  }
}

/** mV of each ADC word: the word with its top bit inverted, times 0.0763 mV, as a 32-bit float. */
export const VOLTAGES: Float32Array = Float32Array.from({ length: 0x10000 }, (_, word) => {
  const counts = word < 0x8000 ? word + 0x8000 : word - 0x8000;
  return counts * 0.0763;
});
