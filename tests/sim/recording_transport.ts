import type { PacketSender } from "../../sim/packet_sender.ts";

/** A packet as it was sent. */
export interface SentPacket {
  module: number;
  bytes: Uint8Array;
}

/** A transport that keeps what is sent. */
export class RecordingTransport {
  /** All packets in the order they were sent. */
  readonly packets: SentPacket[] = [];
  /** Modules whose sender was opened, and closed. */
  readonly opened: number[] = [];
  readonly closed: number[] = [];

  /** @param onSend called before each packet is kept; what it throws is the packet's failure */
  constructor(readonly onSend: (module: number) => void | Promise<void> = () => {}) {}

  /** To be given to a simulator. */
  readonly transport = (module: number): PacketSender => {
    this.opened.push(module);
    return {
      send: async (bytes) => {
        await this.onSend(module);
        this.packets.push({ module, bytes: bytes.slice() });
      },
      close: () => {
        this.closed.push(module);
      },
    };
  };
}
