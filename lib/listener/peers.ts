import type { Observer } from "zeromq";
import { messageOf } from "../errors.ts";

/** What has become of a connection. */
export interface PeerChange {
  /**
   * A peer has `joined` or `left`; an attempt to connect has begun (`trying`), or has failed
   * because the other side is no peer (`failed`).
   */
  kind: "joined" | "left" | "trying" | "failed";
  /** The endpoint on this side, as ZeroMQ names it. */
  address: string;
  /** Number of connections now. */
  count: number;
}

/**
 * Follows a ZeroMQ socket's connections until the socket is closed.
 *
 * The observer is read directly. Its own emitter reads on after the socket is closed, and then
 * throws errors that cannot be caught.
 *
 * @param events of the socket. Take them before it binds or connects, because they start there.
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
      } else if (/^connect(:|$)/.test(event.type) && "address" in event) {
        onChange({ kind: "trying", address: event.address, count });
      } else if (event.type.startsWith("handshake:error") && "address" in event) {
        onChange({ kind: "failed", address: event.address, count });
      }
    } catch (error) {
      if (isClosed()) return;
      throw new Error(`cannot follow the connections: ${messageOf(error)}`);
    }
  }
}
