import type { OutgoingPacket, PacketSender, SendFailure } from "../../sim/send/packet_sender.ts";

/** A packet as it was sent. */
export interface SentPacket {
  module: number;
  bytes: Uint8Array;
}

/** A transport that keeps what is sent. */
export class RecordingTransport {
  /** All packets in the order they were sent. */
  readonly packets: SentPacket[] = [];
  /** How often it was opened, and closed. */
  opened = 0;
  closed = 0;

  readonly #onSend: (module: number) => void | Promise<void>;

  /** @param onSend called before each packet is kept; what it throws is the packet's failure */
  constructor(onSend: (module: number) => void | Promise<void> = () => {}) {
    this.#onSend = onSend;
  }

  /** To be given to a simulator. */
  readonly transport = (): PacketSender => {
    this.opened++;
    return {
      send: (packets) => this.#send(packets),
      close: () => {
        this.closed++;
      },
    };
  };

  async #send(packets: readonly OutgoingPacket[]): Promise<SendFailure[]> {
    const failures: SendFailure[] = [];
    for (const [index, { slot, bytes }] of packets.entries()) {
      try {
        await this.#onSend(slot);
        this.packets.push({ module: slot, bytes: bytes.slice() });
      } catch (error) {
        failures.push({ index, error });
      }
    }
    return failures;
  }
}
