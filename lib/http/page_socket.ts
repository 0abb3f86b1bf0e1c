import type { Buffer } from "node:buffer";
// @ts-types="./ws.d.ts"
import type { WebSocket } from "ws";

/** The longest message of a client, all its fragments together, bytes: it sends single words. */
export const MAX_MESSAGE_BYTES = 1024;

/** How many fragments a message may have, and how many pieces the network may make of it. */
export const MAX_FRAGMENTS = 16;

/** How many messages and pings a client may send in a second. A page sends one for each frame. */
const MAX_MESSAGES_PER_SECOND = 256;

/** What may wait to be sent to a client, bytes. */
export const MAX_WAITING_BYTES: number = 256 * 1024;

/** Interval of pings, ms. A client that was not heard between two is gone. */
const PING_MS = 15_000;

/** The same for a client that has broken the protocol or a limit of it, ms. */
const FAULT_MS = 100;

/** Codes with which a WebSocket is closed (RFC 6455, 7.4). */
export const CloseCode = { goingAway: 1001, policy: 1008, tryAgain: 1013 } as const;

/**
 * The server's end of a WebSocket, with limits for a client that is not a page.
 *
 * The client's messages have up to 1 KiB, in up to 16 fragments, and there are up to 256 in a
 * second. Up to 256 KiB wait to be sent. A client that breaks a limit is closed with a reason. One
 * that is not heard for 15 s to 30 s, although it was pinged, is cut off.
 */
export class PageSocket {
  /** Called for each message of the client. */
  onMessage: () => void = () => {};
  /** Called once, at the end. */
  onClose: () => void = () => {};
  readonly #socket: WebSocket;
  readonly #pings: ReturnType<typeof setInterval>;
  #isHeard = true;
  #second = 0;
  #messages = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    socket.on("message", () => {
      if (this.#hear()) this.onMessage();
    });
    socket.on("pong", () => this.#hear());
    socket.on("ping", (data: Buffer) => {
      if (this.#hear() && this.#hasRoom(data.length)) socket.pong(data);
    });
    let cut: ReturnType<typeof setTimeout>;
    // What the client did wrong: the package tells it a code. It would read on for two seconds.
    socket.on("error", () => {
      cut = setTimeout(() => socket.terminate(), FAULT_MS);
    });
    socket.on("close", () => {
      clearTimeout(cut);
      clearInterval(this.#pings);
      this.onClose();
    });
  }

  /** Whether something can be sent. */
  get isOpen(): boolean {
    return this.#socket.readyState === 1;
  }

  /** What waits to be sent, bytes. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends a message. If more than 256 KiB would wait then, the client is cut off instead. */
  send(data: string | Uint8Array): void {
    if (this.isOpen && this.#hasRoom(data.length)) this.#socket.send(data);
  }

  /** Closes it, with a reason of up to 123 bytes. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Whether the client has not said too much. */
  #hear(): boolean {
    this.#isHeard = true;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#messages = 0;
    }
    if (++this.#messages <= MAX_MESSAGES_PER_SECOND) return true;
    this.close(CloseCode.policy, `over ${MAX_MESSAGES_PER_SECOND} messages in a second`);
    return false;
  }

  #hasRoom(bytes: number): boolean {
    if (this.waitingBytes + bytes <= MAX_WAITING_BYTES) return true;
    // It does not read, so it cannot be told.
    this.#socket.terminate();
    return false;
  }

  #ping(): void {
    if (!this.#isHeard) return this.#socket.terminate();
    this.#isHeard = false;
    if (this.isOpen && this.#hasRoom(0)) this.#socket.ping();
  }
}
