import type { UdpAddress } from "../address/udp_address.ts";
import type { WallClock } from "../time/wall_clock.ts";
import type { PacketRing } from "./packet_ring.ts";

/** The ways to receive packets. */
export const SOCKET_KINDS = ["recvmmsg", "portable"] as const;

/** `recvmmsg`: Linux, with its own thread; `portable`: all systems. */
export type SocketKind = typeof SOCKET_KINDS[number];

/**
 * A bound UDP socket that writes packets into a ring.
 *
 * When the ring is full it waits, and packets stay in the kernel's buffer.
 */
export interface PacketSocket extends AsyncDisposable {
  readonly kind: SocketKind;
  /** The bound address; the port is never 0. */
  readonly address: UdpAddress;
  /** The ring with its packets. */
  readonly ring: PacketRing;
  /** Requested size of the kernel's buffer; undefined if it cannot be requested. */
  readonly askedReceiveBufferBytes: number | undefined;
  /** Granted size of the kernel's buffer; undefined if unknown. */
  readonly receiveBufferBytes: number | undefined;
  /** Datagrams that the kernel dropped because its buffer was full; undefined if unknown. */
  readonly kernelDropped: number | undefined;
  /**
   * Datagrams that had arrived when it was stopped, but were not taken, as far as known; 0 before
   * the end. If the kernel gives no receive times, datagrams that arrived during the end are
   * included.
   */
  readonly unread: number;
  /**
   * Resolves when the ring has packets, the time is up, or the socket has stopped.
   *
   * @throws {OperationError} if the socket has failed
   */
  readable(timeoutMs: number): Promise<void>;
  /**
   * Takes what has arrived, then closes. The ring stays readable. Read it meanwhile, because the
   * socket waits while the ring is full. After 30 s it counts the rest as {@linkcode
   * PacketSocket.unread}.
   */
  stop(): Promise<void>;
  /** The same without waiting: packets that find no room in the ring are counted at once. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a {@linkcode PacketSocket} ends, and its clock. */
export interface DrainOptions {
  /** Time limit for taking what has arrived when it is stopped. @default 30 000 */
  drainMs?: number;
  /**
   * The wall clock. It gives the time of the stop, and receive times if the kernel does not.
   * @default unixNowMs
   */
  unixNowMs?: WallClock;
}

/**
 * Default time limit for a slow reader. It is shorter than the time that `ssdaq run` gives a daemon
 * to end.
 */
export const DEFAULT_DRAIN_MS = 30_000;
