import type { Observer } from "zeromq";
import { messageOf } from "../errors.ts";

/** A connection made or lost. */
export interface PeerChange {
  kind: "joined" | "left";
  /** The endpoint on this side of the connection, as ZeroMQ names it. */
  address: string;
  /** Connections there are now. */
  count: number;
}

/**
 * Follows a ZeroMQ socket's connections until it is closed.
 *
 * The observer is read by hand: its own emitter reads on after the socket is closed, and what it
 * then throws nobody can catch.
 *
 * @param events of the socket; take them before it binds or connects, for they begin there
 * @param isClosed whether the socket has been closed
 */
export async function followPeers(
  events: Observer,
  isClosed: () => boolean,
  onChange: (change: PeerChange) => void,
): Promise<void> {
  let count = 0;
  while (!isClosed()) {
    try {
      const event = await events.receive();
      if (event.type === "handshake") {
        onChange({ kind: "joined", address: event.address, count: ++count });
      } else if (event.type === "disconnect") {
        count = Math.max(0, count - 1);
        onChange({ kind: "left", address: event.address, count });
      }
    } catch (error) {
      if (isClosed()) return;
      throw new Error(`cannot follow the connections: ${messageOf(error)}`);
    }
  }
}
