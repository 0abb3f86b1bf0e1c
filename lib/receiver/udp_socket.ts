import type { UdpAddress } from "../address/udp_address.ts";
import { itemAt } from "../item_at.ts";
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, type Libc, SystemError } from "../linux/libc.ts";
import {
  AF_INET6,
  encodeSocketAddress,
  familyOf,
  PORT,
  SOCKADDR_IN6_BYTES,
} from "../linux/socket_address.ts";
import { bindError, type BindFailure } from "./bind_failure.ts";

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
const SO_MEMINFO = 55;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** Index of the drop counter in the u32 values of SO_MEMINFO. */
const MEMINFO_DROPS = 8;
const MEMINFO_WORDS = 9;

/** A bound UDP socket of the kernel, by its file descriptor. */
export interface UdpSocket {
  fd: number;
  address: UdpAddress;
  /** The granted size of the kernel's buffer. */
  receiveBufferBytes: number;
}

/**
 * Opens and binds a socket. Its packets have the kernel's receive time. A socket on `::` also
 * receives from IPv4 addresses.
 *
 * @param receiveBufferBytes requested buffer; without privilege the kernel grants up to
 * net.core.rmem_max
 * @param receiveTimeoutMs longest time that a receive call blocks
 * @throws {UnavailableError} if the address is in use, or this host does not have it yet
 * @throws {ConfigurationError} if the address is invalid or not allowed
 */
export function openUdpSocket(
  libc: Libc,
  address: UdpAddress,
  receiveBufferBytes: number,
  receiveTimeoutMs: number,
): UdpSocket {
  const { symbols } = libc;
  const sockaddr = encodeSocketAddress(address);
  const family = familyOf(sockaddr);
  const fd = libc.check("socket", symbols.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const set = (name: number, value: Uint8Array<ArrayBuffer>, level = SOL_SOCKET) =>
      symbols.setsockopt(fd, level, name, value, value.length);
    if (family === AF_INET6) {
      const no = words(new Int32Array([0]));
      libc.check("setsockopt IPV6_V6ONLY", set(IPV6_V6ONLY, no, IPPROTO_IPV6));
    }
    const size = words(new Int32Array([receiveBufferBytes]));
    if (set(SO_RCVBUFFORCE, size) < 0) libc.check("setsockopt SO_RCVBUF", set(SO_RCVBUF, size));
    libc.check("setsockopt SO_TIMESTAMPNS", set(SO_TIMESTAMPNS, words(new Int32Array([1]))));
    const timeout = words(new BigInt64Array([0n, BigInt(receiveTimeoutMs) * 1000n]));
    libc.check("setsockopt SO_RCVTIMEO", set(SO_RCVTIMEO, timeout));
    bind(libc, fd, address, sockaddr);
    return {
      fd,
      address: { hostname: address.hostname, port: boundPort(libc, fd) },
      receiveBufferBytes: itemAt(new Int32Array(getOption(libc, fd, SO_RCVBUF, 4)), 0) / 2,
    };
  } catch (error) {
    symbols.close(fd);
    throw error;
  }
}

/** Datagrams that the kernel dropped for a socket since it was opened, u32. */
export function kernelDropped(libc: Libc, fd: number): number {
  const words = new Uint32Array(getOption(libc, fd, SO_MEMINFO, MEMINFO_WORDS * 4));
  return itemAt(words, MEMINFO_DROPS);
}

function bind(
  libc: Libc,
  fd: number,
  address: UdpAddress,
  sockaddr: Uint8Array<ArrayBuffer>,
): void {
  try {
    libc.check("bind", libc.symbols.bind(fd, sockaddr, sockaddr.length));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const failures: Record<number, BindFailure> = {
      [EADDRINUSE]: "inUse",
      [EADDRNOTAVAIL]: "notLocal",
      [EACCES]: "denied",
    };
    throw bindError(address, failures[error.errno] ?? "other", error.message);
  }
}

function boundPort(libc: Libc, fd: number): number {
  const sockaddr = new Uint8Array(SOCKADDR_IN6_BYTES);
  const length = words(new Uint32Array([SOCKADDR_IN6_BYTES]));
  libc.check("getsockname", libc.symbols.getsockname(fd, sockaddr, length));
  return new DataView(sockaddr.buffer).getUint16(PORT);
}

function getOption(libc: Libc, fd: number, name: number, bytes: number): ArrayBuffer {
  const value = new Uint8Array(bytes);
  const length = words(new Uint32Array([bytes]));
  libc.check(
    `getsockopt ${name}`,
    libc.symbols.getsockopt(fd, SOL_SOCKET, name, value, length),
  );
  return value.buffer;
}

function words(array: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer);
}
