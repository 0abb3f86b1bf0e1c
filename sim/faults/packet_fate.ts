/** A datagram that was sent of a packet. */
export interface DatagramFate {
  /** Changed bytes: position, and the value that was xored with it, 1..255. */
  flips?: [offset: number, xor: number][];
  /** The length it was cut to, after the changes. */
  cutToBytes?: number;
  /** The kernel refused to send it. */
  sendError?: true;
}

/** A packet that was not sent exactly once and unchanged. */
export interface PacketFate {
  slot: number;
  /** Index of its first readout among its module's. */
  firstReadout: number;
  /** It was never sent. */
  lost?: true;
  /** It was sent after packets of later moments. */
  reordered?: true;
  /** What was sent of it. @default one datagram, unchanged */
  datagrams?: DatagramFate[];
}

/** The datagram that was sent of a packet: a copy, or the packet itself if unchanged. */
export function applyFate(
  packet: Uint8Array<ArrayBuffer>,
  { flips = [], cutToBytes }: DatagramFate,
): Uint8Array<ArrayBuffer> {
  if (flips.length === 0) return packet.subarray(0, cutToBytes);
  const bytes = packet.slice();
  for (const [offset, xor] of flips) {
    const byte = bytes[offset];
    // A manifest that was edited by hand may name a byte behind the packet's end.
    if (byte !== undefined) bytes[offset] = byte ^ xor;
  }
  return bytes.subarray(0, cutToBytes);
}
