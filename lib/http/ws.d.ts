/** Types for the used parts of the package ws, which has none. */
import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface WebSocketServerOptions {
  noServer: true;
  /** Bytes of a message, all its fragments together. */
  maxPayload: number;
  maxFragments: number;
  maxBufferedChunks: number;
  /** Whether a ping is answered by the package itself. */
  autoPong: boolean;
  /** ms from a close frame until the connection is cut. */
  closeTimeout: number;
  perMessageDeflate: boolean;
  clientTracking: boolean;
  handleProtocols(offered: Set<string>): string | false;
}

export class WebSocketServer {
  constructor(options: WebSocketServerOptions);
  /** Writes the answer at once: it opens the WebSocket, or refuses a request that is incomplete. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    opened: (socket: WebSocket) => void,
  ): void;
}

export class WebSocket extends EventEmitter {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  ping(): void;
  pong(data: Uint8Array): void;
  close(code: number, reason: string): void;
  terminate(): void;
}
