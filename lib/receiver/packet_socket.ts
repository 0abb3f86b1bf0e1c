import type { UdpAddress } from "../address/udp_address.ts";
import type { WallClock } from "../time/wall_clock.ts";
import type { PacketRing } from "./packet_ring.ts";

/** The ways to receive packets. */
export const SOCKET_KINDS = ["recvmmsg", "portable"] as const;

/** `recvmmsg`: Linux, a thread of its own; `portable`: everywhere. */
export type SocketKind = typeof SOCKET_KINDS[number];

/**
 * A bound UDP socket that puts packets in a ring.
 *
 * When the ring is full it waits, and the kernel's buffer takes over.
 */
export interface PacketSocket extends AsyncDisposable {
  readonly kind: SocketKind;
  /** Where it is bound; the port is never 0. */
  readonly address: UdpAddress;
  /** Where its packets are. */
  readonly ring: PacketRing;
  /** Size of the kernel's buffer that was asked for; undefined where none can be. */
  readonly askedReceiveBufferBytes: number | undefined;
  /** Size of the kernel's buffer as granted; undefined where it cannot be known. */
  readonly receiveBufferBytes: number | undefined;
  /** Datagrams the kernel dropped for want of room; undefined where it cannot be known. */
  readonly kernelDropped: number | undefined;
  /**
   * Datagrams that had arrived when it was stopped and were not taken, as far as known; 0 before it has
   * ended. Without receive times of the kernel's, those that came while it ended are among them.
   */
  readonly unread: number;
  /**
   * Resolves when the ring has packets, the time is up or the socket has stopped.
   *
   * @throws {OperationError} when the socket has failed
   */
  readable(timeoutMs: number): Promise<void>;
  /**
   * Takes what has arrived and then closes. What is in the ring stays readable, and must be read
   * meanwhile, for a full ring holds it up: after 30 s of that, the rest is counted as
   * {@linkcode PacketSocket.unread}.
   */
  stop(): Promise<void>;
  /** The same, but waits for nobody: what finds no room in the ring is counted at once. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a {@linkcode PacketSocket} ends, and by which clock. */
export interface DrainOptions {
  /** For how long it takes what has arrived when it is stopped. @default 30 000 */
  drainMs?: number;
  /**
   * The wall clock: tells when it is stopped, and when packets are received where the kernel does not.
   * @default unixNowMs
   */
  unixNowMs?: WallClock;
}

/** A reader that is slow for this long may never be done. Less than `ssdaq run` gives a daemon to end. */
export const DEFAULT_DRAIN_MS = 30_000;
