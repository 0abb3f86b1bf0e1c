import { itemAt } from "../../lib/item_at.ts";
import {
  CMSG_LEVEL,
  CMSG_TYPE,
  CONTROL,
  CONTROL_LENGTH,
  IOV,
  IOV_LENGTH,
  IOVEC_BYTES,
  IOVEC_LENGTH,
  MMSGHDR_BYTES,
  NAME,
  NAME_LENGTH,
} from "../../lib/linux/message_layout.ts";
import {
  AF_INET6,
  encodeSocketAddress,
  familyOf,
  IPV4_ADDRESS,
  IPV6_ADDRESS,
} from "../../lib/linux/socket_address.ts";
import type { OutgoingPacket, Target } from "./packet_sender.ts";

/** The longest datagram of IPv4; IPv6 allows 20 bytes more, which no packet needs. */
const MAX_DATAGRAM_BYTES = 65_507;
/** Memory of a message. Not a power of two: then all messages would use the same cache lines. */
const PAYLOAD_BYTES = 65_536 + 1536;

/** Memory of the target's address, IPv4 or IPv6, in whole words of 8 bytes. */
const NAME_BYTES = 32;

/** A control message with the source address: struct cmsghdr, then its data. */
interface SourceControl {
  level: number;
  type: number;
  /** Its length, bytes. */
  usedBytes: number;
  /** Its length rounded up to whole words of 8 bytes. */
  bytes: number;
  /** Offset of the address in it. */
  sourceAt: number;
}

/** IP_PKTINFO with struct in_pktinfo: interface (0: from the route), ipi_spec_dst, and another. */
const IPV4_SOURCE: SourceControl = { level: 0, type: 8, usedBytes: 28, bytes: 32, sourceAt: 20 };

/** IPV6_PKTINFO with struct in6_pktinfo: ipi6_addr, interface (0: from the route). */
const IPV6_SOURCE: SourceControl = { level: 41, type: 50, usedBytes: 36, bytes: 40, sourceAt: 16 };

/**
 * Messages for sendmmsg, each with its source address.
 *
 * All memory that C reads is laid out once: headers, vectors, control messages and payloads are
 * parts of one block, which lives as long as this object. A packet is copied into the block: this
 * costs a hundredth of the sending, and the owner can use the packet's memory again.
 */
export class MessageBatch {
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  readonly #headers: Deno.PointerValue[];
  /** The address family for C. */
  readonly family: number;
  /** How many messages it holds. */
  readonly capacity: number;
  readonly #control: SourceControl;
  /** Addresses by slot, in network byte order. */
  readonly #sources: readonly Uint8Array[];
  readonly #iovecsAt: number;
  readonly #controlsAt: number;
  readonly #payloadsAt: number;

  /**
   * @param capacity number of messages
   * @param addresses IP addresses to send from, by slot
   * @param target its hostname is an IP address of the same family
   */
  constructor(capacity: number, addresses: readonly string[], target: Target) {
    this.capacity = capacity;
    const name = encodeSocketAddress(target);
    this.family = familyOf(name);
    this.#control = this.family === AF_INET6 ? IPV6_SOURCE : IPV4_SOURCE;
    const targetAt = capacity * MMSGHDR_BYTES;
    this.#iovecsAt = targetAt + NAME_BYTES;
    this.#controlsAt = this.#iovecsAt + capacity * IOVEC_BYTES;
    this.#payloadsAt = this.#controlsAt + capacity * this.#control.bytes;
    this.#memory = new Uint8Array(this.#payloadsAt + capacity * PAYLOAD_BYTES);
    this.#view = new DataView(this.#memory.buffer);
    this.#sources = addresses.map((address) => this.#sourceOf(address));
    const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#memory));
    const setAddress = (at: number, of: number) =>
      this.#view.setBigUint64(at, base + BigInt(of), true);
    this.#memory.set(name, targetAt);
    this.#headers = [];
    for (let index = 0; index < capacity; index++) {
      const header = index * MMSGHDR_BYTES;
      const iovec = this.#iovecsAt + index * IOVEC_BYTES;
      const control = this.#controlsAt + index * this.#control.bytes;
      setAddress(header + NAME, targetAt);
      this.#view.setUint32(header + NAME_LENGTH, name.length, true);
      setAddress(header + IOV, iovec);
      this.#view.setUint32(header + IOV_LENGTH, 1, true);
      setAddress(header + CONTROL, control);
      this.#view.setUint32(header + CONTROL_LENGTH, this.#control.bytes, true);
      setAddress(iovec, this.#payloadsAt + index * PAYLOAD_BYTES);
      this.#view.setUint32(control, this.#control.usedBytes, true);
      this.#view.setUint32(control + CMSG_LEVEL, this.#control.level, true);
      this.#view.setUint32(control + CMSG_TYPE, this.#control.type, true);
      this.#headers.push(Deno.UnsafePointer.create(base + BigInt(header)));
    }
  }

  /**
   * Copies a packet to the message at `index`.
   *
   * A packet longer than any datagram is cut to a length that the kernel refuses as too long.
   */
  set(index: number, { slot, bytes }: OutgoingPacket): void {
    const fits = bytes.length <= MAX_DATAGRAM_BYTES;
    const kept = fits ? bytes : bytes.subarray(0, MAX_DATAGRAM_BYTES + 1);
    this.#memory.set(kept, this.#payloadsAt + index * PAYLOAD_BYTES);
    this.#view.setUint32(
      this.#iovecsAt + index * IOVEC_BYTES + IOVEC_LENGTH,
      kept.length,
      true,
    );
    const { bytes: controlBytes, sourceAt } = this.#control;
    const source = this.#sources[slot];
    if (source === undefined) throw new RangeError(`cannot send: slot ${slot} has no address`);
    this.#memory.set(source, this.#controlsAt + index * controlBytes + sourceAt);
  }

  /** Pointer to the headers of the messages from `index` on; valid while this object lives. */
  headers(index: number): Deno.PointerValue {
    return itemAt(this.#headers, index);
  }

  #sourceOf(address: string): Uint8Array {
    const name = encodeSocketAddress({ hostname: address, port: 0 });
    if (familyOf(name) !== this.family) {
      throw new RangeError(`cannot send: ${address} and the target are not both IPv4 or both IPv6`);
    }
    return this.family === AF_INET6
      ? name.subarray(IPV6_ADDRESS, IPV6_ADDRESS + 16)
      : name.subarray(IPV4_ADDRESS, IPV4_ADDRESS + 4);
  }
}
