import { PacketRing, SLOT_BYTES } from "../../lib/receiver/packet_ring.ts";
import type { PacketSocket } from "../../lib/receiver/packet_socket.ts";

/** A datagram, and who sent it. */
export interface Datagram {
  /** IPv4 as u32. */
  ipv4: number;
  bytes: Uint8Array;
}

/** A packet socket that gets its datagrams from memory, as fast as they are taken. */
export class MemorySocket implements PacketSocket {
  readonly kind = "portable";
  readonly address = { hostname: "127.0.0.1", port: 2009 };
  readonly ring = new PacketRing();
  readonly askedReceiveBufferBytes = undefined;
  readonly receiveBufferBytes = undefined;
  readonly kernelDropped = undefined;
  readonly unread = 0;
  /** Datagrams given so far. */
  given = 0;
  readonly #datagrams: Iterator<Datagram>;
  readonly #onEnd: () => void;

  /** @param onEnd called when there are no more, once */
  constructor(datagrams: Iterable<Datagram>, onEnd: () => void) {
    this.#datagrams = datagrams[Symbol.iterator]();
    this.#onEnd = onEnd;
  }

  readable(): Promise<void> {
    while (this.ring.room > 0) {
      const { done, value } = this.#datagrams.next();
      if (done) {
        this.#onEnd();
        break;
      }
      const { ring } = this;
      const slot = ring.headSlot;
      ring.bytes.set(value.bytes.subarray(0, SLOT_BYTES), ring.offset(slot));
      ring.setHeader(slot, value.bytes.length, 1_790_000_000, 0);
      ring.setIpv4Source(slot, value.ipv4);
      ring.publish(1);
      this.given++;
    }
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
