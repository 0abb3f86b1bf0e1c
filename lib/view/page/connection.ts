/// <reference lib="dom" />
import { fromJson } from "../../json.ts";
import { decodeFrame, type Frame } from "../frame.ts";
import type { LiveStatus } from "../live_status.ts";

/** Who is told of what comes. */
export interface ConnectionEvents {
  /** Given each frame; the next is asked for when it has been drawn. */
  onFrame(frame: Frame): void;
  onStatus(status: LiveStatus): void;
  /** The server wants a token, or another one. */
  onRefused(): void;
}

/** How long until it is tried again, ms. */
const RETRY_MS = 500;

const TOKEN_KEY = "ssdaq-token";

/** The way to the server, which is made again whenever it breaks. */
export class Connection {
  readonly #events: ConnectionEvents;
  #socket: WebSocket | undefined;
  #heardMs = -Infinity;

  constructor(events: ConnectionEvents) {
    this.#events = events;
    this.#open();
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Since anything was heard, ms. */
  get silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  /** What the server knows this page by; for this tab alone. */
  set token(token: string) {
    sessionStorage.setItem(TOKEN_KEY, token);
    this.#socket?.close();
  }

  /** Fetches from the server, with the token. */
  async fetch(path: string, signal: AbortSignal): Promise<Response> {
    const token = sessionStorage.getItem(TOKEN_KEY);
    const headers: HeadersInit = token === null ? {} : { authorization: `Bearer ${token}` };
    return await fetch(path, { headers, signal });
  }

  #open(): void {
    const token = sessionStorage.getItem(TOKEN_KEY);
    const protocols = token === null ? ["ssdaq"] : ["ssdaq", `token.${hexOf(token)}`];
    const socket = new WebSocket(`ws://${location.host}/live`, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send("next");
    socket.onmessage = ({ data }) => this.#take(socket, data);
    socket.onclose = () => {
      void this.#askWhy();
      setTimeout(() => this.#open(), RETRY_MS);
    };
    this.#socket = socket;
  }

  #take(socket: WebSocket, data: unknown): void {
    this.#heardMs = performance.now();
    if (typeof data === "string") {
      this.#events.onStatus(fromJson(data) as LiveStatus);
      return;
    }
    const frame = data instanceof ArrayBuffer ? decodeFrame(data) : undefined;
    if (frame === undefined) return;
    // A page in the background is given no frames to draw, and asks for none.
    requestAnimationFrame(() => {
      this.#events.onFrame(frame);
      if (socket.readyState === WebSocket.OPEN) socket.send("next");
    });
  }

  /** A WebSocket does not tell why it was refused. */
  async #askWhy(): Promise<void> {
    try {
      const { status } = await this.fetch("/live/access", AbortSignal.timeout(1000));
      if (status === 401) this.#events.onRefused();
    } catch {
      // Nobody answers: the state says that it is disconnected.
    }
  }
}

function hexOf(text: string): string {
  return Array.from(
    new TextEncoder().encode(text),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
