import type { PageSocket } from "./page_socket.ts";
import type { WebSocketDoor } from "./web_socket_door.ts";

/** A route that opens a WebSocket. */
export interface WebSocketRoute {
  /** What makes WebSockets of connections. */
  door: WebSocketDoor;
  /** How many may be open. */
  maxOpen: number;
  /** The refusal of a client; undefined if there is room for it. */
  refuse(): Response | undefined;
  /** Takes an open WebSocket. */
  open(socket: PageSocket): void;
}
