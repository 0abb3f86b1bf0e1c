import { formatIpAddress, isIpv4, V4_MAPPED } from "../address/ip_address.ts";
import { itemAt } from "../item_at.ts";
import { type LibcPart, openLibcIfPossible } from "./libc.ts";
import { AF_INET, AF_INET6, FAMILY, IPV4_ADDRESS, IPV6_ADDRESS, PORT } from "./socket_address.ts";

type Library = LibcPart<
  "getsockname" | "getpeername" | "getsockopt" | "ioctl" | "poll" | "shutdown"
>;

/** A stream connection of this process. */
export interface Connection {
  /** Its descriptor. */
  fd: number;
  /** Tells apart all sockets since the system was started. */
  id: bigint;
  /** Port of this side; the path if it is a Unix socket, empty if that has none. */
  local: number | string;
  /** `HOST:PORT` of the other side; empty if it is a Unix socket. */
  peer: string;
  /** Port of the other side; 0 if it is a Unix socket. */
  peerPort: number;
  /** The other side's host. Of an IPv6 address the first half: one host may have all of the rest. */
  host: string;
  /** What came from the other side so far, bytes; undefined if the system does not count it. */
  receivedBytes: number | undefined;
  /** What waits in the kernel to be read on this side, bytes. */
  unreadBytes: number;
  /** What the other side has acknowledged so far, bytes; undefined if that is not counted. */
  acknowledgedBytes: number | undefined;
  /** What waits in the kernel to be acknowledged or read by the other side, bytes. */
  unsentBytes: number;
}

const AF_UNIX = 1;
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_COOKIE = 57;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Offsets in struct tcp_info, and the bytes up to their end. Linux has them since 4.1. */
const BYTES_ACKED = 120;
const BYTES_RECEIVED = 128;
const TCP_INFO_BYTES = 136;
/** ioctl(2), tcp(7), unix(7). */
const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;
const SHUT_RDWR = 2;
const POLLIN = 1;
const POLLNVAL = 0x20;
/** struct pollfd: fd, events, returned events. */
const POLLFD_BYTES = 8;
/** struct sockaddr_un: family, path. */
const SOCKADDR_UN_BYTES = 110;

/**
 * Descriptors are looked at in steps of this number, or of fewer if the process may not have so many
 * open. The look ends with the first step in which none is open: the system gives the lowest number
 * that is free.
 */
const STEP = 512;

/** No more are looked at. A process with more has connections that are not seen. */
const MAX_DESCRIPTORS = 65_536;

/**
 * The stream sockets of this process as the kernel sees them, those of libraries included. Nothing
 * is kept between two looks.
 */
export class Connections implements Disposable {
  readonly #library: Library;
  readonly #address = new Uint8Array(SOCKADDR_UN_BYTES);
  readonly #addressView = new DataView(this.#address.buffer);
  readonly #length = new Uint32Array(1);
  readonly #value = new Int32Array(1);
  readonly #info = new Uint8Array(TCP_INFO_BYTES);
  readonly #infoView = new DataView(this.#info.buffer);
  readonly #polled = new Uint8Array(STEP * POLLFD_BYTES);
  readonly #polledView = new DataView(this.#polled.buffer);
  #step = STEP;

  private constructor(library: Library) {
    this.#library = library;
  }

  /** Undefined if the system does not provide this. */
  static open(): Connections | undefined {
    if (Deno.build.os !== "linux") return undefined;
    const library = openLibcIfPossible(
      ...["getsockname", "getpeername", "getsockopt", "ioctl", "poll", "shutdown"] as const,
    );
    return library === undefined ? undefined : new Connections(library);
  }

  /** All connections that a predicate chooses by their descriptor's local port or path. */
  list(isWanted: (local: number | string) => boolean): Connection[] {
    return this.#find(isWanted, false);
  }

  /** Those whose other side has one of these ports. */
  listByPeerPort(ports: ReadonlySet<number>): Connection[] {
    return this.#find((local) => typeof local === "number", false)
      .filter(({ peerPort }) => ports.has(peerPort));
  }

  /** A listed connection as it is now; undefined if it is closed. */
  again({ fd, id, local }: Connection): Connection | undefined {
    const now = this.#local(fd) === local ? this.#connection(fd, local) : undefined;
    return now?.id === id ? now : undefined;
  }

  /** Descriptors of the sockets that listen on a port or path. */
  listeners(local: number | string): number[] {
    return this.#find((each) => each === local, true).map(({ fd }) => fd);
  }

  /** Whether a connection waits to be accepted. */
  isWaiting(listener: number): boolean {
    this.#polledView.setInt32(0, listener, true);
    this.#polledView.setInt32(4, POLLIN, true);
    return this.#library.symbols.poll(this.#polled, 1n, 0) > 0;
  }

  /**
   * Ends a connection that was listed, unless its descriptor has become another one's meanwhile.
   * The owner of the socket sees that the other side has gone.
   */
  end({ fd, id }: Connection): void {
    if (this.#id(fd) !== id) return;
    this.#library.symbols.shutdown(fd, SHUT_RDWR);
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }

  #find(isWanted: (local: number | string) => boolean, listens: boolean): Connection[] {
    const found: Connection[] = [];
    for (const fd of this.#descriptors()) {
      const local = this.#local(fd);
      if (local === undefined || !isWanted(local) || this.#doesListen(fd) !== listens) continue;
      const connection = listens ? this.#listener(fd, local) : this.#connection(fd, local);
      if (connection !== undefined) found.push(connection);
    }
    return found;
  }

  #listener(fd: number, local: number | string): Connection {
    return {
      ...{ fd, id: this.#id(fd), local, peer: "", host: "", peerPort: 0, unreadBytes: 0 },
      ...{ receivedBytes: undefined, acknowledgedBytes: undefined, unsentBytes: 0 },
    };
  }

  #connection(fd: number, local: number | string): Connection | undefined {
    const peer = this.#peer(fd);
    const hasInfo = typeof local === "number" && this.#readInfo(fd);
    // Neither TCP nor Unix: UDP has ports, too.
    if (peer === undefined || (typeof local === "number" && !hasInfo)) return undefined;
    return {
      ...{ fd, local, ...peer },
      receivedBytes: hasInfo ? this.#infoNumber(BYTES_RECEIVED) : undefined,
      acknowledgedBytes: hasInfo ? this.#infoNumber(BYTES_ACKED) : undefined,
      unreadBytes: this.#queuedBytes(fd, SIOCINQ),
      unsentBytes: this.#queuedBytes(fd, SIOCOUTQ),
      id: this.#id(fd),
    };
  }

  *#descriptors(): Generator<number> {
    for (let first = 0; first < MAX_DESCRIPTORS;) {
      const open = this.#openFrom(first);
      if (open !== undefined) {
        if (open.length === 0) return;
        yield* open;
        first += this.#step;
      } else if (this.#step === 1) return;
      // The system asks for fewer at a time than the process may have open.
      else this.#step = Math.ceil(this.#step / 2);
    }
  }

  /** The open ones of the descriptors of a step; undefined if the system refuses to tell. */
  #openFrom(first: number): number[] | undefined {
    for (let index = 0; index < this.#step; index++) {
      this.#polledView.setInt32(index * POLLFD_BYTES, first + index, true);
      this.#polledView.setInt32(index * POLLFD_BYTES + 4, 0, true);
    }
    if (this.#library.symbols.poll(this.#polled, BigInt(this.#step), 0) < 0) return undefined;
    const open: number[] = [];
    for (let index = 0; index < this.#step; index++) {
      const events = this.#polledView.getUint16(index * POLLFD_BYTES + 6, true);
      if ((events & POLLNVAL) === 0) open.push(first + index);
    }
    return open;
  }

  /** The port or path of this side; undefined if it is no such socket. */
  #local(fd: number): number | string | undefined {
    this.#length[0] = this.#address.length;
    if (this.#library.symbols.getsockname(fd, this.#address, this.#length) !== 0) return undefined;
    const family = this.#addressView.getUint16(FAMILY, true);
    if (family === AF_UNIX) {
      const path = this.#address.subarray(FAMILY + 2, itemAt(this.#length, 0));
      // An abstract name begins with a zero, which ZeroMQ writes as @.
      const text = new TextDecoder().decode(path);
      return text.startsWith("\0") ? `@${text.slice(1)}` : text.replace(/\0.*$/s, "");
    }
    if (family !== AF_INET && family !== AF_INET6) return undefined;
    return this.#addressView.getUint16(PORT);
  }

  #peer(fd: number): Pick<Connection, "peer" | "host" | "peerPort"> | undefined {
    this.#length[0] = this.#address.length;
    if (this.#library.symbols.getpeername(fd, this.#address, this.#length) !== 0) return undefined;
    const family = this.#addressView.getUint16(FAMILY, true);
    if (family === AF_UNIX) return { peer: "", host: "", peerPort: 0 };
    const view = this.#addressView;
    const words = family === AF_INET
      ? [0, 0, V4_MAPPED, view.getUint32(IPV4_ADDRESS)]
      : [0, 4, 8, 12].map((at) => view.getUint32(IPV6_ADDRESS + at));
    const address = formatIpAddress(words);
    const peerPort = view.getUint16(PORT);
    const host = isIpv4(words) ? address : formatIpAddress([...words.slice(0, 2), 0, 0]);
    return {
      peer: isIpv4(words) ? `${address}:${peerPort}` : `[${address}]:${peerPort}`,
      host,
      peerPort,
    };
  }

  #id(fd: number): bigint {
    this.#length[0] = 8;
    const { getsockopt } = this.#library.symbols;
    const result = getsockopt(fd, SOL_SOCKET, SO_COOKIE, this.#info, this.#length);
    return result === 0 ? this.#infoView.getBigUint64(0, true) : BigInt(fd);
  }

  #doesListen(fd: number): boolean {
    this.#length[0] = 4;
    const { getsockopt } = this.#library.symbols;
    const result = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, this.#value, this.#length);
    return result === 0 && itemAt(this.#value, 0) !== 0;
  }

  #readInfo(fd: number): boolean {
    this.#length[0] = TCP_INFO_BYTES;
    this.#info.fill(0);
    const { getsockopt } = this.#library.symbols;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, this.#info, this.#length) === 0;
  }

  #infoNumber(at: number): number {
    return Number(this.#infoView.getBigUint64(at, true));
  }

  #queuedBytes(fd: number, request: number): number {
    const result = this.#library.symbols.ioctl(fd, BigInt(request), this.#value);
    return result === 0 ? itemAt(this.#value, 0) : 0;
  }
}
