/**
 * Packets as they were sent, for readers in Python that work out themselves what is expected.
 *
 * @module
 */

import type { Transport } from "../../sim/send/packet_sender.ts";
import { udpTransport } from "../../sim/send/udp_transport.ts";

/** A packet of a module. */
export interface CapturedPacket {
  /** Slot of the module, 0..31. */
  slot: number;
  bytes: Uint8Array;
}

/** Where slots send from, by slot: the addresses of module base 1. */
const ADDRESSES = Array.from({ length: 32 }, (_, slot) => `127.0.0.${101 + slot}`);

/** Real UDP from the modules' addresses to `HOST:PORT`. */
export function moduleTransport(target: string): Transport {
  const [hostname = "", port] = target.split(":");
  return udpTransport(ADDRESSES, { hostname, port: Number(port) });
}

/** A transport that keeps what it sends. */
export function capturing(transport: Transport, packets: CapturedPacket[]): Transport {
  return async () => {
    const sender = await transport();
    return {
      send(outgoing) {
        packets.push(...outgoing.map(({ slot, bytes }) => ({ slot, bytes: bytes.slice() })));
        return sender.send(outgoing);
      },
      close: () => sender.close(),
    };
  };
}

/** Sends packets, each from its module's address. */
export async function sendPackets(
  packets: readonly CapturedPacket[],
  transport: Transport,
): Promise<void> {
  const sender = await transport();
  try {
    const [failure] = await sender.send(packets);
    if (failure !== undefined) throw failure.error;
  } finally {
    sender.close();
  }
}

/** Writes packets as `module_packets.py` reads them; the file is there only when it is whole. */
export async function saveCapture(path: string, packets: readonly CapturedPacket[]): Promise<void> {
  const hex = (bytes: Uint8Array) =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const lines = packets.map(({ slot, bytes }) =>
    JSON.stringify({ from: ADDRESSES[slot], bytes: hex(bytes) }) + "\n"
  );
  await Deno.writeTextFile(`${path}.part`, lines.join(""));
  await Deno.rename(`${path}.part`, path);
}
