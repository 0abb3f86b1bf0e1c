import { parseIpAddress } from "../address/ip_address.ts";
import type { UdpAddress } from "../address/udp_address.ts";
import { messageOf, OperationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import { sleep } from "../time/sleep.ts";
import { Wakeup } from "../time/wakeup.ts";
import { unixNowMs, type WallClock } from "../time/wall_clock.ts";
import { bindError, type BindFailure } from "./bind_failure.ts";
import { PacketRing, SLOT_BYTES } from "./packet_ring.ts";
import { DEFAULT_DRAIN_MS, type DrainOptions, type PacketSocket } from "./packet_socket.ts";

/** The longest UDP payload. No datagram is cut at this size. */
const MAX_DATAGRAM_BYTES = 65536;

/** At the end: how often it checks whether packets still arrive. */
const LOOK_MS = 10;

/**
 * After this number of checks without a packet, everything that had arrived was taken. Two, because
 * this thread may have been too busy to receive before the first check.
 */
const QUIET_LOOKS = 2;

/**
 * If the ring had room for this time, everything that had arrived was taken: the kernel's buffer
 * holds less than that. Without this limit, the end may never come while packets keep arriving.
 */
const BACKLOG_MS = 500;

/** How often it checks for room in a full ring. */
const ROOM_WAIT_MS = 1;

/** The unspecified address `::`. No sender has it. */
const UNSPECIFIED = new Uint32Array(4);

/** The socket for every system, on Deno's own UDP. The program sets the receive times. */
export class PortableSocket implements PacketSocket {
  readonly kind = "portable";
  readonly address: UdpAddress;
  readonly ring = new PacketRing();
  readonly askedReceiveBufferBytes = undefined;
  readonly receiveBufferBytes = undefined;
  readonly kernelDropped = undefined;
  readonly #connection: Deno.DatagramConn;
  readonly #wakeup = new Wakeup();
  readonly #pump: Promise<void>;
  readonly #scratch = new Uint8Array(MAX_DATAGRAM_BYTES);
  readonly #drainMs: number;
  readonly #unixNowMs: WallClock;
  /** Datagrams received, stored or not. */
  #received = 0;
  #unread = 0;
  /** Whether packets are only counted, because the ring had no room for too long. */
  #discards = false;
  #failure: OperationError | undefined;
  #stopping = false;
  #closed = false;

  /**
   * Binds the address and starts to receive.
   *
   * @throws {UnavailableError} if the address is in use, or this host does not have it yet
   * @throws {ConfigurationError} if the address is not allowed
   */
  constructor(address: UdpAddress, options: DrainOptions = {}) {
    this.#drainMs = options.drainMs ?? DEFAULT_DRAIN_MS;
    this.#unixNowMs = options.unixNowMs ?? unixNowMs;
    this.#connection = listen(address);
    const { port } = this.#connection.addr as Deno.NetAddr;
    this.address = { hostname: address.hostname, port };
    this.#pump = this.#receiveAll();
  }

  get unread(): number {
    return this.#unread;
  }

  async readable(timeoutMs: number): Promise<void> {
    if (this.#closed) await this.#pump;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.ring.length > 0 || this.#closed || !this.ring.consumerSleeps()) return;
    await this.#wakeup.sleep(timeoutMs);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      if (!await this.#isDrained(this.#drainMs)) {
        this.#discards = true;
        await this.#isDrained(Infinity);
      }
      this.#close();
    }
    await this.#pump;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ring.abandon();
    await this.stop();
  }

  /** Waits until everything that had arrived was taken; false if that takes too long. */
  async #isDrained(withinMs: number): Promise<boolean> {
    const startMs = performance.now();
    let lookedMs = startMs;
    let takingMs = 0;
    let quietLooks = 0;
    while (!this.#closed && quietLooks < QUIET_LOOKS && takingMs < BACKLOG_MS) {
      const isHeldUp = this.ring.room === 0 && !this.#discards;
      if (lookedMs - startMs >= withinMs || isHeldUp && this.ring.abandoned) return false;
      const received = this.#received;
      await sleep(LOOK_MS);
      const nowMs = performance.now();
      const isTaking = this.#discards || this.ring.room > 0;
      // While this thread was busy, it took nothing.
      if (isTaking) takingMs += Math.min(nowMs - lookedMs, 2 * LOOK_MS);
      quietLooks = isTaking && this.#received === received ? quietLooks + 1 : 0;
      lookedMs = nowMs;
    }
    return true;
  }

  async #receiveAll(): Promise<void> {
    try {
      while (!this.#closed) {
        if (this.ring.room === 0 && !this.#discards) {
          await sleep(ROOM_WAIT_MS);
          continue;
        }
        const [bytes, from] = await this.#connection.receive(this.#scratch);
        this.#received++;
        if (this.#discards) this.#unread++;
        else this.#store(bytes, from as Deno.NetAddr);
      }
    } catch (error) {
      if (!this.#closed) {
        this.#failure = new OperationError(`the UDP socket failed: ${messageOf(error)}`);
        this.#close();
      }
    }
  }

  #store(bytes: Uint8Array, { hostname }: Deno.NetAddr): void {
    const { ring } = this;
    const slot = ring.headSlot;
    const nowMs = this.#unixNowMs();
    const seconds = Math.floor(nowMs / 1000);
    ring.bytes.set(bytes.subarray(0, SLOT_BYTES), ring.offset(slot));
    const nanoseconds = Math.floor((nowMs - seconds * 1000) * 1e6);
    ring.setHeader(slot, bytes.length, seconds, nanoseconds);
    const source = parseIpAddress(hostname) ?? UNSPECIFIED;
    ring.setSource(
      slot,
      itemAt(source, 0),
      itemAt(source, 1),
      itemAt(source, 2),
      itemAt(source, 3),
    );
    if (ring.publish(1)) this.#wakeup.wake();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
    this.#wakeup.wake();
  }
}

function listen(address: UdpAddress): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", ...address });
  } catch (error) {
    let failure: BindFailure = "other";
    if (error instanceof Deno.errors.AddrInUse) failure = "inUse";
    else if (error instanceof Deno.errors.AddrNotAvailable) failure = "notLocal";
    else if (error instanceof Deno.errors.PermissionDenied) failure = "denied";
    throw bindError(address, failure, messageOf(error));
  }
}
