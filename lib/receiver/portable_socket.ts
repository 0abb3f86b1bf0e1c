import { messageOf, OperationError } from "../errors.ts";
import { bindError, type BindFailure } from "./bind_failure.ts";
import { parseIpAddress } from "./ip_address.ts";
import { PacketRing, SLOT_BYTES } from "./packet_ring.ts";
import type { PacketSocket, UdpAddress } from "./packet_socket.ts";
import { Wakeup } from "../wakeup.ts";

/** The longest UDP payload; nothing is ever cut at it. */
const MAX_DATAGRAM_BYTES = 65536;

/** At the end, a socket this long without a packet has nothing left that had arrived. */
const IDLE_MS = 20;

/** At the end, for how long it takes what has arrived: more might never cease to come. */
const DRAIN_MS = 500;

/** How often it looks for room in a full ring. */
const ROOM_WAIT_MS = 1;

/** The unspecified address `::`, which no one sends from. */
const NOBODY = new Uint32Array(4);

/** The socket for every system, on Deno's own UDP; its receive times are those of the program. */
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
  #lastReceivedMs = 0;
  #failure: OperationError | undefined;
  #stopping = false;
  #closed = false;

  /**
   * Binds the address and starts to receive.
   *
   * @throws {UnavailableError} when the address is in use, or not this host's yet
   * @throws {ConfigurationError} when it may not be bound
   */
  constructor(address: UdpAddress) {
    this.#connection = listen(address);
    const { port } = this.#connection.addr as Deno.NetAddr;
    this.address = { hostname: address.hostname, port };
    this.#pump = this.#receiveAll();
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
      const endMs = performance.now() + DRAIN_MS;
      this.#lastReceivedMs = performance.now();
      while (
        !this.#closed && performance.now() < endMs &&
        (this.ring.room === 0 || performance.now() - this.#lastReceivedMs < IDLE_MS)
      ) {
        await delay(IDLE_MS);
      }
      this.#close();
    }
    await this.#pump;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #receiveAll(): Promise<void> {
    try {
      while (!this.#closed) {
        if (this.ring.room === 0) {
          await delay(ROOM_WAIT_MS);
          continue;
        }
        const [bytes, from] = await this.#connection.receive(this.#scratch);
        this.#store(bytes, from as Deno.NetAddr);
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
    const nowMs = performance.timeOrigin + performance.now();
    const seconds = Math.floor(nowMs / 1000);
    ring.bytes.set(bytes.subarray(0, SLOT_BYTES), ring.offset(slot));
    const nanoseconds = Math.floor((nowMs - seconds * 1000) * 1e6);
    ring.setHeader(slot, bytes.length, seconds, nanoseconds);
    const [first, second, third, fourth] = parseIpAddress(hostname) ?? NOBODY;
    ring.setSource(slot, first, second, third, fourth);
    this.#lastReceivedMs = performance.now();
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

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
