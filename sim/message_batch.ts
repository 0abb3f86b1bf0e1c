import { parseIpv4 } from "../lib/receiver/ipv4.ts";
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
  SOCKADDR_BYTES,
} from "../lib/receiver/message_layout.ts";
import type { OutgoingPacket, Target } from "./packet_sender.ts";

/** The longest datagram that IPv4 takes. */
const MAX_DATAGRAM_BYTES = 65_507;
/** Memory a message has; no power of two, for those would all compete for the same cache lines. */
const PAYLOAD_BYTES = 65_536 + 1536;

const AF_INET = 2;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;

/** struct cmsghdr (length, level, type) and struct in_pktinfo, which ends after 28 bytes. */
const CONTROL_BYTES = 32;
const CMSG_LENGTH_USED = 28;
/** ipi_spec_dst, the address to send from, after the interface's index: 0, as the route has it. */
const CMSG_SOURCE = 20;

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
  readonly #sources: number[];
  readonly #iovecsAt: number;
  readonly #controlsAt: number;
  readonly #payloadsAt: number;

  /**
   * @param capacity how many messages it holds
   * @param addresses IPv4 to send from, by slot
   * @param target its hostname is an IPv4 address
   */
  constructor(readonly capacity: number, addresses: readonly string[], target: Target) {
    const targetAt = capacity * MMSGHDR_BYTES;
    this.#iovecsAt = targetAt + SOCKADDR_BYTES;
    this.#controlsAt = this.#iovecsAt + capacity * IOVEC_BYTES;
    this.#payloadsAt = this.#controlsAt + capacity * CONTROL_BYTES;
    this.#memory = new Uint8Array(this.#payloadsAt + capacity * PAYLOAD_BYTES);
    this.#view = new DataView(this.#memory.buffer);
    this.#sources = addresses.map(ipv4Of);
    const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#memory));
    const setAddress = (at: number, of: number) =>
      this.#view.setBigUint64(at, base + BigInt(of), true);
    this.#view.setUint16(targetAt, AF_INET, true);
    this.#view.setUint16(targetAt + 2, target.port);
    this.#view.setUint32(targetAt + 4, ipv4Of(target.hostname));
    this.#headers = [];
    for (let index = 0; index < capacity; index++) {
      const header = index * MMSGHDR_BYTES;
      const iovec = this.#iovecsAt + index * IOVEC_BYTES;
      const control = this.#controlsAt + index * CONTROL_BYTES;
      setAddress(header + NAME, targetAt);
      this.#view.setUint32(header + NAME_LENGTH, SOCKADDR_BYTES, true);
      setAddress(header + IOV, iovec);
      this.#view.setUint32(header + IOV_LENGTH, 1, true);
      setAddress(header + CONTROL, control);
      this.#view.setUint32(header + CONTROL_LENGTH, CONTROL_BYTES, true);
      setAddress(iovec, this.#payloadsAt + index * PAYLOAD_BYTES);
      this.#view.setUint32(control, CMSG_LENGTH_USED, true);
      this.#view.setUint32(control + CMSG_LEVEL, IPPROTO_IP, true);
      this.#view.setUint32(control + CMSG_TYPE, IP_PKTINFO, true);
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
    this.#view.setUint32(
      this.#controlsAt + index * CONTROL_BYTES + CMSG_SOURCE,
      this.#sources[slot],
    );
  }

  /** Where the headers of the messages from `index` on begin; good while this object lives. */
  headers(index: number): Deno.PointerValue {
    return this.#headers[index];
  }
}

function ipv4Of(address: string): number {
  const ipv4 = parseIpv4(address);
  if (ipv4 === undefined) throw new RangeError(`cannot send: ${address} is no IPv4 address`);
  return ipv4;
}
