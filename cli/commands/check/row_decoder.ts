/**
 * Rows of the readout table as `ssdaq check` understands them: a second decoder, written from
 * docs/formats.md alone. It does not import `row.ts`, in which the recorder's encoder and the decoder
 * of all other commands stand side by side.
 *
 * @module
 */

/** Bytes of a row. */
export const ROW_LENGTH = 8764;
/** Slots of the camera. */
export const CAMERA_SLOTS = 32;

const LINES = 64;
const NUMBER = 0;
const TIME = 8;
const VOLTAGES = 40;
const RUN = 8232;
const MASK = 8240;
const MODULE_TIMES = 8248;
const EPOCH = 8760;

/** One row after another, without copies: a row is valid until its bytes change. */
export class RowDecoder {
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  /** Takes the rows of a block. */
  block(bytes: Uint8Array): void {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
  }

  /** Goes to a row of the block. */
  row(index: number): void {
    this.#at = index * ROW_LENGTH;
  }

  /** Event number. */
  get number(): bigint {
    return this.#view.getBigUint64(this.#at + NUMBER, true);
  }

  /** Run number. */
  get run(): bigint {
    return this.#view.getBigUint64(this.#at + RUN, true);
  }

  /** The start of the daemon; 0 if unknown. */
  get epoch(): number {
    return this.#view.getUint32(this.#at + EPOCH, true);
  }

  /** Module mask. */
  get mask(): number {
    return this.#view.getUint32(this.#at + MASK, true);
  }

  /** Smallest TACK time, ns. */
  get timeNs(): bigint {
    return this.#view.getBigUint64(this.#at + TIME, true);
  }

  /** TACK time of a slot, ns. */
  moduleTimeNs(slot: number): bigint {
    return this.#view.getBigUint64(this.#at + MODULE_TIMES + 16 * slot, true);
  }

  /** Writes TACK time and auxiliary stamp of a slot: two halves each, the high one first. */
  timesInto(slot: number, target: Uint32Array): void {
    const from = this.#at + MODULE_TIMES + 16 * slot;
    target[0] = this.#view.getUint32(from + 4, true);
    target[1] = this.#view.getUint32(from, true);
    target[2] = this.#view.getUint32(from + 12, true);
    target[3] = this.#view.getUint32(from + 8, true);
  }

  /** Writes the bits of a slot's 64 voltages, by raw line. */
  voltageBitsInto(slot: number, target: Uint32Array): void {
    const view = this.#view;
    let from = this.#at + VOLTAGES + 4 * LINES * slot;
    for (let line = 0; line < LINES; line++, from += 4) target[line] = view.getUint32(from, true);
  }

  /** Whether a slot has neither voltages nor times. */
  isEmpty(slot: number): boolean {
    const view = this.#view;
    const times = this.#at + MODULE_TIMES + 16 * slot;
    for (let at = times; at < times + 16; at += 4) if (view.getUint32(at, true) !== 0) return false;
    const voltages = this.#at + VOLTAGES + 4 * LINES * slot;
    for (let at = voltages; at < voltages + 4 * LINES; at += 4) {
      if (!Number.isNaN(view.getFloat32(at, true))) return false;
    }
    return true;
  }
}
