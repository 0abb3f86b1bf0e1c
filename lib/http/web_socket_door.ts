import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
// @ts-types="./ws.d.ts"
import { WebSocketServer } from "ws";
import type { Connection } from "./connection.ts";
import { MAX_FRAGMENTS, MAX_MESSAGE_BYTES, PageSocket } from "./page_socket.ts";

/** Time limit for a client to answer that its WebSocket is closed, ms. */
const CLOSE_MS = 2000;

/** Makes WebSockets of connections whose requests ask for them. */
export class WebSocketDoor {
  readonly #server: WebSocketServer;

  /** @param protocol that it speaks, if the client offers it */
  constructor(protocol: string) {
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_FRAGMENTS,
      autoPong: false,
      closeTimeout: CLOSE_MS,
      // Compression costs memory for each page, and voltages hardly shrink.
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered) => offered.has(protocol) ? protocol : false,
    });
  }

  /**
   * Opens a WebSocket at once, or answers that the request is incomplete.
   *
   * @param head what the client has sent after its request
   */
  open(
    request: IncomingMessage,
    connection: Connection,
    head: Buffer,
  ): PageSocket | undefined {
    let opened: PageSocket | undefined;
    this.#server.handleUpgrade(request, connection, head, (socket) => {
      opened = new PageSocket(socket);
    });
    return opened;
  }
}
