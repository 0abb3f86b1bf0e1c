import { READ_BYTES } from "./connection.ts";
import { MAX_WAITING_BYTES } from "./page_socket.ts";
import { BODY_PLACES, OPEN_PLACES, SHARED_PLACES } from "./places.ts";
import { MAX_HEAD_BYTES, type Route, usualConnections } from "./server.ts";

/** What an answer takes that is being written, where its route does not say more, bytes. */
export const USUAL_ANSWER_BYTES: number = 256 * 1024;

/** The objects of a connection and its requests, bytes. Measured: 12 kB. */
const CONNECTION_BYTES = 16 * 1024;

/**
 * The most memory that a control server takes for all its clients, bytes: its connections, with what
 * they have sent; its answers, all places taken and none read; its WebSockets, with all that may
 * wait for them. What the garbage collector has not yet freed is not in it.
 *
 * @param routes the server's routes
 * @param maxConnections its limit of connections
 */
export function controlMemoryBytes(
  routes: readonly Pick<Route, "places" | "answerBytes" | "webSocket">[],
  maxConnections: number = usualConnections(),
): number {
  const heads = MAX_HEAD_BYTES + READ_BYTES;
  let bytes = maxConnections * (CONNECTION_BYTES + heads);
  bytes += (SHARED_PLACES + OPEN_PLACES + BODY_PLACES) * USUAL_ANSWER_BYTES;
  for (const { places = 0, answerBytes = USUAL_ANSWER_BYTES, webSocket } of routes) {
    bytes += places * answerBytes + (webSocket?.maxOpen ?? 0) * MAX_WAITING_BYTES;
  }
  return bytes;
}
