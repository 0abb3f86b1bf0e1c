import { itemAt } from "../lib/item_at.ts";
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
} from "../lib/linux/message_layout.ts";
import {
  AF_INET6,
  encodeSocketAddress,
  familyOf,
  IPV4_ADDRESS,
  IPV6_ADDRESS,
} from "../lib/linux/socket_address.ts";
import type { OutgoingPacket, Target } from "./packet_sender.ts";

/** The longest datagram that IPv4 takes; IPv6 takes 20 bytes more, which no packet needs. */
const MAX_DATAGRAM_BYTES = 65_507;
/** Memory a message has; no power of two, for those would all compete for the same cache lines. */
const PAYLOAD_BYTES = 65_536 + 1536;

/** Memory for the target's address of either family, a whole number of 8 bytes. */
const NAME_BYTES = 32;

/** A control message that names the address to send from: struct cmsghdr, then what it says. */
interface SourceControl {
  level: number;
  type: number;
  /** Its length. */
  usedBytes: number;
  /** The same in whole words of 8 bytes. */
  bytes: number;
  /** Where the address is in it. */
  sourceAt: number;
}

/** IP_PKTINFO with struct in_pktinfo: interface (0, as the route has it), ipi_spec_dst, and another. */
const IPV4_SOURCE: SourceControl = { level: 0, type: 8, usedBytes: 28, bytes: 32, sourceAt: 20 };

/** IPV6_PKTINFO with struct in6_pktinfo: ipi6_addr, interface (0, as the route has it). */
const IPV6_SOURCE: SourceControl = { level: 41, type: 50, usedBytes: 36, bytes: 40, sourceAt: 16 };

/**
 * Messages as sendmmsg takes them, each with its source address.
 *
 * All that C reads is laid out once, and stays: headers, vectors, control messages and payloads
 * are parts of one block of memory, which lives as long as this object. A packet is copied into it,
 * which costs a hundredth of the sending and leaves the packet's memory to its owner.
 */
export class MessageBatch {
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  readonly #headers: Deno.PointerValue[];
  /** The family of all addresses, as C has it. */
  readonly family: number;
  /** How many messages it holds. */
  readonly capacity: number;
  readonly #control: SourceControl;
  /** Addresses by slot, as the network has them. */
  readonly #sources: readonly Uint8Array[];
  readonly #iovecsAt: number;
  readonly #controlsAt: number;
  readonly #payloadsAt: number;

  /**
   * @param capacity how many messages it holds
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
   * Makes a packet the message at `index`.
   *
   * One longer than a datagram can be is cut to a length that the kernel refuses as too long.
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

  /** Where the headers of the messages from `index` on begin; good while this object lives. */
  headers(index: number): Deno.PointerValue {
    return itemAt(this.#headers, index);
  }

  #sourceOf(address: string): Uint8Array {
    const name = encodeSocketAddress({ hostname: address, port: 0 });
    if (familyOf(name) !== this.family) {
      throw new RangeError(`cannot send: ${address} is not of the target's family`);
    }
    return this.family === AF_INET6
      ? name.subarray(IPV6_ADDRESS, IPV6_ADDRESS + 16)
      : name.subarray(IPV4_ADDRESS, IPV4_ADDRESS + 4);
  }
}
