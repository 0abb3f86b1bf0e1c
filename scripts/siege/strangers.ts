import { connect, type Socket } from "node:net";
import { sleep } from "../../lib/time/sleep.ts";
import { Random } from "../../sim/random.ts";

/** Stream of the seed. */
const STRANGERS = 0x51e6;

/** The addresses of strangers: 127.66.0.1 and so on. Linux answers on all of 127.0.0.0/8. */
const FIRST_BYTES = "127.66";

/** How long a stranger waits for its connection, ms. */
const CONNECT_MS = 5000;

/** Where the attacked programs are. */
export interface Targets {
  /** UDP port of the daemon. */
  packets: number;
  /** ZeroMQ port of the daemon. */
  publisher: number;
  /** Control port of the daemon; it needs no token. */
  control: number;
  /** Control port of the recorder; it needs a token. */
  recorder: number;
  /** Port that a subscriber connects to, where an attack may publish. */
  feed: number;
}

/** What an attack has done, by name. */
export type Tally = Record<string, number>;

/** What an attack works with. */
export interface Siege {
  targets: Targets;
  strangers: Strangers;
  tally: Tally;
  /** Aborted when the attack must end. */
  signal: AbortSignal;
}

/** Clients from addresses that nobody knows. Each closes at the latest when the siege ends. */
export class Strangers {
  readonly #random: Random;
  readonly #bits = new Int32Array(1);
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #open = new Set<Socket>();

  constructor(seed: number, tally: Tally, signal: AbortSignal) {
    this.#random = new Random(seed, STRANGERS);
    this.#tally = tally;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#open.forEach((socket) => socket.destroy()));
  }

  /** Number of open connections. */
  get open(): number {
    return this.#open.size;
  }

  /** A whole number from 0 up to, but not including, `below`. */
  below(below: number): number {
    this.#random.fillBits(this.#bits);
    return ((this.#bits[0] as number) >>> 0) % below;
  }

  /** So many random bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    const bits = new Int32Array(Math.ceil(count / 4));
    this.#random.fillBits(bits);
    return new Uint8Array(bits.buffer, 0, count);
  }

  /**
   * Connects to a port of 127.0.0.1.
   *
   * @param from last two bytes of the stranger's address; by default any
   * @returns undefined when it is refused
   */
  async connect(port: number, from?: string): Promise<Socket | undefined> {
    if (this.#signal.aborted) return undefined;
    const localAddress = `${FIRST_BYTES}.${from ?? `${this.below(256)}.${1 + this.below(254)}`}`;
    const socket = connect({ host: "127.0.0.1", port, localAddress });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), CONNECT_MS);
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("close", () => {
      this.#open.delete(socket);
      count(this.#tally, "closed");
      resolve(false);
    });
    this.#open.add(socket);
    const isConnected = await promise;
    clearTimeout(timer);
    if (isConnected && !this.#signal.aborted) {
      count(this.#tally, "connected");
      return socket;
    }
    socket.destroy();
    count(this.#tally, "refused");
    return undefined;
  }

  /** Does something again and again until the siege ends, so many times a second at most. */
  async again(perSecond: number, action: () => Promise<unknown> | void): Promise<void> {
    const stepMs = Math.max(10, 1000 / perSecond);
    const atOnce = Math.max(1, Math.round(perSecond * stepMs / 1000));
    while (!this.#signal.aborted) {
      const done = [];
      for (let turn = 0; turn < atOnce; turn++) done.push(action());
      await Promise.all(done);
      await sleep(stepMs, this.#signal);
    }
  }
}

/** Adds to a tally. */
export function count(tally: Tally, name: string, by = 1): void {
  tally[name] = (tally[name] ?? 0) + by;
}

/** Writes all, as fast as it is taken; false when the connection has ended. */
export async function write(socket: Socket, data: Uint8Array | string): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  if (socket.write(data)) return true;
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
  return !socket.destroyed;
}
