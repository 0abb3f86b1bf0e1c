import { fromJson } from "../../text/json.ts";
import { readShape } from "../../text/shape.ts";
import { decodeFrame, type Frame } from "../protocol/frame.ts";
import type { LiveStatus } from "../protocol/live_status.ts";
import { LIVE_STATUS } from "../protocol/live_status_shape.ts";

/** Options and callbacks of a {@linkcode LiveClient}. */
export interface LiveClientOptions {
  /** The server, such as `http://127.0.0.1:8642`. */
  url: string;
  /** Returns the token for the server. Called at each attempt. @default none */
  token?: () => string | undefined;
  /** Calls `draw` when a frame can be drawn. No other frame is requested before. */
  pace(draw: () => void): void;
  onFrame(frame: Frame): void;
  onStatus(status: LiveStatus): void;
  /** Called if the server's messages are not as expected, for example from another version. */
  onUnexpected(reason: string): void;
  /** Called with the HTTP status of a refusal: 401 if a token is required or wrong. */
  onRefused(httpStatus: number): void;
  /**
   * Time limit for a connection or an answer, ms. A working server answers each second. A server
   * that lost its power never says that it is gone.
   * @default 5000
   */
  giveUpMs?: number;
}

/** Pause before the next attempt, ms. */
const RETRY_MS = 500;
/** Longer than a server waits before it refuses a wrong token, 2 s. */
const ASK_MS = 4000;
const GIVE_UP_MS = 5000;

/**
 * A client of a live view, in a browser or elsewhere. If its connection breaks, it connects again,
 * until it is disposed of.
 */
export class LiveClient implements Disposable {
  readonly #options: LiveClientOptions;
  readonly #ending = new AbortController();
  #socket: WebSocket | undefined;
  readonly #watch: ReturnType<typeof setInterval>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heardMs = -Infinity;
  /** Since when it waits for an answer, monotonic ms; Infinity if it does not wait. */
  #waitingMs = Infinity;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    const { giveUpMs = GIVE_UP_MS } = options;
    this.#watch = setInterval(() => {
      if (performance.now() - this.#waitingMs > giveUpMs) this.#giveUp();
    }, Math.min(giveUpMs, RETRY_MS));
    this.#open();
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Time since the last message, ms. */
  get silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  /** Connects again, for example with another token. */
  reconnect(): void {
    this.#socket?.close();
  }

  /** Fetches another path from the server. */
  async fetch(path: string, signal: AbortSignal): Promise<Response> {
    const token = this.#options.token?.();
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return await fetch(this.#options.url + path, { headers, signal });
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    const token = this.#options.token?.();
    const protocols = token === undefined ? ["ssdaq"] : ["ssdaq", `token.${hexOf(token)}`];
    const socket = new WebSocket(`${this.#options.url.replace(/^http/, "ws")}/live`, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#askNext(socket);
    socket.onmessage = ({ data }) => this.#take(socket, data);
    socket.onclose = () => this.#retry();
    this.#socket = socket;
    this.#waitingMs = performance.now();
  }

  #askNext(socket: WebSocket): void {
    this.#waitingMs = performance.now();
    socket.send("next");
  }

  /** Closing may take as long as an answer, so it does not wait for it. */
  #giveUp(): void {
    const socket = this.#socket;
    if (socket !== undefined) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.#retry();
  }

  #retry(): void {
    this.#waitingMs = Infinity;
    if (this.#ending.signal.aborted) return;
    void this.#askWhy();
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
  }

  #take(socket: WebSocket, data: unknown): void {
    this.#heardMs = performance.now();
    if (typeof data === "string") {
      const status = this.#statusIn(data);
      if (status !== undefined) this.#options.onStatus(status);
      return;
    }
    const frame = data instanceof ArrayBuffer ? decodeFrame(data) : undefined;
    if (frame === undefined) return;
    this.#waitingMs = Infinity;
    this.#options.pace(() => {
      this.#options.onFrame(frame);
      if (socket.readyState === WebSocket.OPEN) this.#askNext(socket);
    });
  }

  #statusIn(told: string): LiveStatus | undefined {
    try {
      return readShape(fromJson(told), LIVE_STATUS);
    } catch (error) {
      this.#options.onUnexpected(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Asks the server why it refused, because a WebSocket does not say. */
  async #askWhy(): Promise<void> {
    try {
      const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(ASK_MS)]);
      const response = await this.fetch("/live/access", signal);
      await response.body?.cancel();
      if (!response.ok) this.#options.onRefused(response.status);
    } catch {
      // No answer: the state shows that it is disconnected.
    }
  }
}

function hexOf(text: string): string {
  return Array.from(
    new TextEncoder().encode(text),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
