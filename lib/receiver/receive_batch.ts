import { EAGAIN, EINTR, type Libc, SystemError } from "../linux/libc.ts";
import {
  CMSG_TYPE,
  CONTROL,
  CONTROL_LENGTH,
  IOV,
  IOV_LENGTH,
  IOVEC_BYTES,
  IOVEC_LENGTH,
  LENGTH,
  MMSGHDR_BYTES,
  NAME,
  NAME_LENGTH,
} from "../linux/message_layout.ts";
import {
  AF_INET6,
  FAMILY,
  IPV4_ADDRESS,
  IPV6_ADDRESS,
  SOCKADDR_IN6_BYTES,
} from "../linux/socket_address.ts";
import { type PacketRing, SLOT_BYTES } from "./packet_ring.ts";

/** Return as soon as one packet has arrived, with all that are there. */
export const MSG_WAITFORONE = 0x10000;
/** Do not wait. */
export const MSG_DONTWAIT = 0x40;
/** Return the length as sent, even if the packet was cut. */
const MSG_TRUNC = 0x20;

/** Maximum number of packets in one system call. */
const BATCH = 256;

/** struct cmsghdr (16 bytes) and struct timespec: seconds, nanoseconds as i64. */
const CONTROL_BYTES = 32;
const CMSG_SECONDS = 16;
const CMSG_NANOSECONDS = 24;
const SCM_TIMESTAMPNS = 35;

/** Memory for a sender's address, IPv4 or IPv6, a multiple of 8 bytes. */
const NAME_BYTES = 32;

/**
 * Receives packets with recvmmsg directly into the slots of a ring.
 *
 * The headers that the kernel reads are made once, one for each slot. Slot i's header points at
 * slot i's memory, so a batch is the run of headers from the head on.
 */
export class BatchReceiver {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #ring: PacketRing;
  /** Memory that C reads and writes. This reference keeps it from being collected. */
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  readonly #headersAddress: bigint;
  readonly #namesAt: number;
  readonly #controlsAt: number;

  constructor(libc: Libc, fd: number, ring: PacketRing) {
    this.#libc = libc;
    this.#fd = fd;
    this.#ring = ring;
    const { capacity } = ring;
    const iovecsAt = capacity * MMSGHDR_BYTES;
    this.#namesAt = iovecsAt + capacity * IOVEC_BYTES;
    this.#controlsAt = this.#namesAt + capacity * NAME_BYTES;
    this.#memory = new Uint8Array(this.#controlsAt + capacity * CONTROL_BYTES);
    this.#view = new DataView(this.#memory.buffer);
    this.#headersAddress = addressOf(this.#memory);
    const ringAddress = addressOf(ring.bytes);
    for (let slot = 0; slot < capacity; slot++) {
      const header = slot * MMSGHDR_BYTES;
      const iovec = iovecsAt + slot * IOVEC_BYTES;
      this.#setAddress(header + NAME, this.#namesAt + slot * NAME_BYTES);
      this.#setAddress(header + IOV, iovec);
      this.#view.setBigUint64(header + IOV_LENGTH, 1n, true);
      this.#setAddress(header + CONTROL, this.#controlsAt + slot * CONTROL_BYTES);
      this.#view.setBigUint64(iovec, ringAddress + BigInt(ring.offset(slot)), true);
      this.#view.setBigUint64(iovec + IOVEC_LENGTH, BigInt(SLOT_BYTES), true);
    }
  }

  /**
   * Receives one batch into free slots of the ring; there must be one or more. It does not pass
   * them to the consumer yet.
   *
   * @param flags {@linkcode MSG_WAITFORONE} or {@linkcode MSG_DONTWAIT}
   * @returns the number of packets; 0 if none arrived in time
   */
  receive(flags: number): number {
    const first = this.#ring.headSlot;
    const count = Math.min(this.#ring.room, BATCH);
    for (let slot = first; slot < first + count; slot++) {
      const header = slot * MMSGHDR_BYTES;
      this.#view.setUint32(header + NAME_LENGTH, SOCKADDR_IN6_BYTES, true);
      this.#view.setUint32(header + CONTROL_LENGTH, CONTROL_BYTES, true);
    }
    const headers = Deno.UnsafePointer.create(
      this.#headersAddress + BigInt(first * MMSGHDR_BYTES),
    );
    const { symbols } = this.#libc;
    const received = symbols.recvmmsg(this.#fd, headers, count, flags | MSG_TRUNC, null);
    if (received < 0) {
      const { errno } = this.#libc;
      if (errno === EAGAIN || errno === EINTR) return 0;
      throw new SystemError("recvmmsg", errno, this.#libc.reason(errno));
    }
    for (let slot = first; slot < first + received; slot++) this.#fillHeader(slot);
    return received;
  }

  #fillHeader(slot: number): void {
    const view = this.#view;
    const header = slot * MMSGHDR_BYTES;
    const control = this.#controlsAt + slot * CONTROL_BYTES;
    const stamped = view.getUint32(header + CONTROL_LENGTH, true) >= CONTROL_BYTES &&
      view.getUint32(control + CMSG_TYPE, true) === SCM_TIMESTAMPNS;
    const nowMs = stamped ? 0 : Date.now();
    this.#ring.setHeader(
      slot,
      view.getUint32(header + LENGTH, true),
      stamped ? view.getUint32(control + CMSG_SECONDS, true) : Math.floor(nowMs / 1000),
      stamped ? view.getUint32(control + CMSG_NANOSECONDS, true) : (nowMs % 1000) * 1_000_000,
    );
    this.#fillSource(slot);
  }

  /** A socket for both families gives IPv4 addresses as ::ffff:a.b.c.d, as in the ring. */
  #fillSource(slot: number): void {
    const view = this.#view;
    const name = this.#namesAt + slot * NAME_BYTES;
    if (view.getUint16(name + FAMILY, true) === AF_INET6) {
      const at = name + IPV6_ADDRESS;
      this.#ring.setSource(
        slot,
        view.getUint32(at),
        view.getUint32(at + 4),
        view.getUint32(at + 8),
        view.getUint32(at + 12),
      );
    } else {
      this.#ring.setIpv4Source(slot, view.getUint32(name + IPV4_ADDRESS));
    }
  }

  #setAddress(at: number, target: number): void {
    this.#view.setBigUint64(at, this.#headersAddress + BigInt(target), true);
  }
}

function addressOf(bytes: Uint8Array): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes as BufferSource));
}
