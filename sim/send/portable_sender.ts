import { itemAt } from "../../lib/item_at.ts";
import { openModuleSocket } from "./module_socket.ts";
import type { OutgoingPacket, PacketSender, SendFailure, Target } from "./packet_sender.ts";

/** Sends with Deno's sockets, one for each module: one system call and one promise for each packet. */
export class PortableSender implements PacketSender {
  readonly #sockets: Deno.DatagramConn[] = [];
  readonly #target: Deno.NetAddr;

  /**
   * @param addresses IP address of each module
   * @param target its hostname is an IP address of the same family
   * @throws {UnavailableError} when an address cannot be bound; nothing stays open then
   */
  constructor(addresses: readonly string[], target: Target) {
    this.#target = { transport: "udp", ...target };
    try {
      for (const address of addresses) this.#sockets.push(openModuleSocket(address));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async send(packets: readonly OutgoingPacket[]): Promise<readonly SendFailure[]> {
    const failures: SendFailure[] = [];
    for (const [index, { slot, bytes }] of packets.entries()) {
      try {
        await itemAt(this.#sockets, slot).send(bytes, this.#target);
      } catch (error) {
        failures.push({ index, error });
      }
    }
    return failures;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}
