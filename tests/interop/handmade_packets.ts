import type { ByteOrder } from "../../lib/wire/packet.ts";
import type { CapturedPacket } from "./capture.ts";

/** Above 2^63, and no float64: a TACK counter may be anywhere. */
const FIRST_TACK_NS = 2n ** 63n + 987_654_321_012_345_679n;
const PERIOD_NS = 100_000_000n;
/** ADC words at the edges of their range. */
const EDGES = [0x8000, 0x7fff, 0x0000, 0xffff, 0x8001];

/** Moments before TACK jumps ahead by an hour; they are complete. */
const MOMENTS_BEFORE = 2;
const JUMP_NS = 3_600_000_000_000n;
/** Slots that are silent in the first moments after it; 31 is the sign bit of an i32 mask. */
const LATE_STARTERS = [0, 7, 31];

/** Moments that are sent. */
export const MOMENTS = 12;
/** Moments that lack the late starters. */
export const PARTIAL_MOMENTS = 4;

/**
 * Two packets of each module, written by hand: before and after the jump. The TACK times of the
 * modules differ by some ms, and the first to be sent has not the smallest.
 */
export function handmadePackets(byteOrder: ByteOrder): CapturedPacket[] {
  const slots = Array.from({ length: 32 }, (_, slot) => slot);
  const startAfter = (slot: number) =>
    MOMENTS_BEFORE + (LATE_STARTERS.includes(slot) ? PARTIAL_MOMENTS : 0);
  return [
    ...slots.map((slot) => packet(slot, 0, MOMENTS_BEFORE, byteOrder)),
    ...slots.map((slot) => packet(slot, startAfter(slot), MOMENTS, byteOrder)),
  ];
}

function packet(slot: number, from: number, to: number, byteOrder: ByteOrder): CapturedPacket {
  const bytes = new Uint8Array(144 * (to - from));
  for (let moment = from; moment < to; moment++) {
    const view = new DataView(bytes.buffer, 144 * (moment - from), 144);
    writeReadout(view, slot, moment, byteOrder === "little");
  }
  return { slot, bytes };
}

function writeReadout(view: DataView, slot: number, moment: number, little: boolean): void {
  const skewNs = BigInt((slot * 7 + 3) % 32) * 150_001n;
  const jumpNs = moment < MOMENTS_BEFORE ? 0n : JUMP_NS;
  view.setBigUint64(0, FIRST_TACK_NS + jumpNs + BigInt(moment) * PERIOD_NS + skewNs, little);
  view.setBigUint64(72, 2n ** 64n - 1n - BigInt(slot * 1000 + moment), little);
  for (let line = 0; line < 64; line++) {
    const at = line < 32 ? 8 + 2 * line : 80 + 2 * (line - 32);
    const word = EDGES[line] ?? (slot * 2053 + moment * 131 + line * 1021) % 0x10000;
    view.setUint16(at, word, little);
  }
}
