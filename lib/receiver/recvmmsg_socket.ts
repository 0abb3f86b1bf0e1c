import type { UdpAddress } from "../address/udp_address.ts";
import { messageOf, OperationError } from "../errors.ts";
import { Libc } from "../linux/libc.ts";
import { reasonOfLoad } from "../load_part.ts";
import { Wakeup } from "../time/wakeup.ts";
import { unixNowMs, type WallClock } from "../time/wall_clock.ts";
import { PacketRing } from "./packet_ring.ts";
import { DEFAULT_DRAIN_MS, type DrainOptions, type PacketSocket } from "./packet_socket.ts";
import type { ReceiveNotice, ReceiveTask } from "./recvmmsg_worker.ts";
import { openUdpSocket, type UdpSocket } from "./udp_socket.ts";

/** How long the thread blocks in the kernel before it checks for a stop. */
const RECEIVE_TIMEOUT_MS = 50;

/** The Linux socket. Its own thread receives many packets with one system call. */
export class RecvmmsgSocket implements PacketSocket {
  readonly kind = "recvmmsg";
  readonly address: UdpAddress;
  readonly ring = new PacketRing();
  readonly askedReceiveBufferBytes: number;
  readonly receiveBufferBytes: number;
  readonly #libc: Libc;
  readonly #socket: UdpSocket;
  readonly #worker: Worker;
  readonly #wakeup = new Wakeup();
  readonly #unixNowMs: WallClock;
  readonly #ended = Promise.withResolvers<void>();
  #failure: OperationError | undefined;
  #stopped = false;

  /**
   * Binds the address and starts the thread.
   *
   * @param receiveBufferBytes requested size of the kernel buffer
   * @throws {UnavailableError} if the address is in use, or this host does not have it yet
   * @throws {ConfigurationError} if the address is not allowed
   */
  constructor(address: UdpAddress, receiveBufferBytes: number, options: DrainOptions = {}) {
    const { drainMs = DEFAULT_DRAIN_MS } = options;
    this.#unixNowMs = options.unixNowMs ?? unixNowMs;
    this.#libc = new Libc();
    try {
      this.#socket = openUdpSocket(this.#libc, address, receiveBufferBytes, RECEIVE_TIMEOUT_MS);
    } catch (error) {
      this.#libc[Symbol.dispose]();
      throw error;
    }
    this.address = this.#socket.address;
    this.askedReceiveBufferBytes = receiveBufferBytes;
    this.receiveBufferBytes = this.#socket.receiveBufferBytes;
    this.#worker = new Worker(new URL("./recvmmsg_worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<ReceiveNotice>) => {
      if (data === "stopped") this.#end();
      else if (data !== "readable") this.#fail(data.failed);
      this.#wakeup.wake();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(reasonOfLoad(event.message));
      this.#wakeup.wake();
    };
    const task: ReceiveTask = { fd: this.#socket.fd, ring: this.ring.buffer, drainMs };
    this.#worker.postMessage(task);
  }

  get kernelDropped(): number {
    return this.ring.kernelDropped;
  }

  get unread(): number {
    return this.ring.unread;
  }

  async readable(timeoutMs: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.ring.length > 0 || this.#stopped || !this.ring.consumerSleeps()) return;
    await this.#wakeup.sleep(timeoutMs);
    if (this.#failure !== undefined) throw this.#failure;
  }

  stop(): Promise<void> {
    this.ring.stop(this.#unixNowMs());
    return this.#ended.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ring.abandon();
    await this.stop();
  }

  #fail(reason: string): void {
    this.#failure = new OperationError(`the receive thread failed: ${reason}`);
    this.#end();
  }

  #end(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#worker.terminate();
    try {
      this.#libc.check("close", this.#libc.symbols.close(this.#socket.fd));
    } catch (error) {
      this.#failure ??= new OperationError(`cannot close the socket: ${messageOf(error)}`);
    }
    this.#libc[Symbol.dispose]();
    this.#ended.resolve();
  }
}
