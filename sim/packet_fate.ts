/** A datagram as it went out of a packet. */
export interface DatagramFate {
  /** Bytes that were changed: place, and what it was xored with, 1..255. */
  flips?: [offset: number, xor: number][];
  /** Length it was cut to, after the changes. */
  cutToBytes?: number;
  /** It did not go out after all: the kernel refused it. */
  sendError?: true;
}

/** A packet that did not simply go out once, as it was made. */
export interface PacketFate {
  slot: number;
  /** Index of its first readout among its module's. */
  firstReadout: number;
  /** It was never sent. */
  lost?: true;
  /** It went out after packets of later moments. */
  reordered?: true;
  /** What went out of it. @default one datagram, as made */
  datagrams?: DatagramFate[];
}

/** The datagram that went out of a packet: a copy, or the packet itself where nothing changed. */
export function applyFate(
  packet: Uint8Array<ArrayBuffer>,
  { flips = [], cutToBytes }: DatagramFate,
): Uint8Array<ArrayBuffer> {
  if (flips.length === 0) return packet.subarray(0, cutToBytes);
  const bytes = packet.slice();
  for (const [offset, xor] of flips) {
    const byte = bytes[offset];
    // A manifest that was written by hand may name one that is beyond the packet.
    if (byte !== undefined) bytes[offset] = byte ^ xor;
  }
  return bytes.subarray(0, cutToBytes);
}
