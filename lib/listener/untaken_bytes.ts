import { type Connection, Connections } from "../linux/connections.ts";

/** How often all descriptors are searched for new connections. */
const SEARCH_MS = 100;

/**
 * What may be on the way between the kernel and the listener for each connection when no message
 * waits: a frame and what ZeroMQ reads at a time. With room for what nobody counts: handshakes.
 */
const ON_THE_WAY_BYTES = 256 * 1024;

interface Followed {
  connection: Connection;
  /** Bytes that it received since the start or the last connection that was ended. */
  recentBytes: number;
}

/** A listener as it is seen here. */
interface Member {
  ports: ReadonlySet<number>;
  /** Whether a whole message waits in it. */
  hasMessage: () => boolean;
}

/**
 * Bounds the memory for messages that do not end. A message may have many parts. ZeroMQ keeps the
 * parts until the last one has come, and has no limit for them.
 *
 * It compares what the kernel has received with what the listeners have taken. When no listener
 * has a message, all else is in a message without an end: the publisher that sent most is
 * disconnected.
 *
 * It is one for all listeners of the process: a connection does not tell whose it is. Unix sockets
 * are not bounded: the kernel does not count their bytes, and only users of this host reach them.
 */
export class UntakenBytes {
  readonly #connections: Connections;
  readonly #members = new Set<Member>();
  readonly #followed = new Map<bigint, Followed>();
  #untakenBytes = 0;
  #hasLost = false;
  #nextSearchMs = 0;

  static #shared: UntakenBytes | undefined;

  private constructor(connections: Connections) {
    this.#connections = connections;
  }

  /**
   * Joins the one of this process; undefined if the system does not provide it.
   *
   * @param ports of the publishers
   * @param hasMessage whether a whole message waits in the listener
   */
  static join(ports: ReadonlySet<number>, hasMessage: () => boolean): {
    all: UntakenBytes;
    leave: () => void;
  } | undefined {
    if (UntakenBytes.#shared === undefined) {
      const connections = Connections.open();
      if (connections === undefined) return undefined;
      UntakenBytes.#shared = new UntakenBytes(connections);
    }
    const all = UntakenBytes.#shared;
    const member = { ports, hasMessage };
    all.#members.add(member);
    return { all, leave: () => all.#leave(member) };
  }

  /** Notes a message that was taken. */
  take(frames: readonly Uint8Array[]): void {
    for (const { length } of frames) this.#untakenBytes -= length + (length > 255 ? 9 : 2);
  }

  /**
   * Looks at what was received.
   *
   * @param nowMs monotonic clock
   * @returns the address `HOST:PORT` of a publisher that was disconnected; undefined if all is well
   */
  look(nowMs: number): string | undefined {
    const unread = this.#follow(nowMs);
    const isEmpty = [...this.#members].every(({ hasMessage }) => !hasMessage());
    // More taken than received: of a connection that was gone before it was seen.
    this.#untakenBytes = Math.max(this.#untakenBytes, 0);
    if (!isEmpty) return undefined;
    // ZeroMQ gives up what it had of a message that does not end any more.
    if (this.#hasLost) this.#untakenBytes = unread;
    this.#hasLost = false;
    if (this.#untakenBytes - unread <= this.#followed.size * ON_THE_WAY_BYTES) return undefined;
    return this.#endLargest();
  }

  /** @returns what waits in the kernel, bytes */
  #follow(nowMs: number): number {
    const known = [...this.#followed.values()].map(({ connection }) => connection);
    let now: Connection[];
    if (nowMs >= this.#nextSearchMs) {
      this.#nextSearchMs = nowMs + SEARCH_MS;
      now = this.#connections.listByPeerPort(this.#ports());
    } else now = known.flatMap((connection) => this.#connections.again(connection) ?? []);
    const gone = new Set(this.#followed.keys());
    for (const connection of now) {
      gone.delete(connection.id);
      const followed = this.#followed.get(connection.id);
      const received = (connection.receivedBytes ?? 0) - (followed?.connection.receivedBytes ?? 0);
      this.#untakenBytes += received;
      const recentBytes = (followed?.recentBytes ?? 0) + received;
      this.#followed.set(connection.id, { connection, recentBytes });
    }
    for (const id of gone) this.#followed.delete(id);
    this.#hasLost ||= gone.size > 0;
    return now.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0);
  }

  #ports(): Set<number> {
    return new Set([...this.#members].flatMap(({ ports }) => [...ports]));
  }

  #endLargest(): string | undefined {
    const [largest] = [...this.#followed.values()].sort((a, b) => b.recentBytes - a.recentBytes);
    this.#untakenBytes = 0;
    for (const followed of this.#followed.values()) followed.recentBytes = 0;
    if (largest === undefined) return undefined;
    this.#connections.end(largest.connection);
    return largest.connection.peer;
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    // It drops what it has not taken.
    this.#hasLost = true;
    if (this.#members.size > 0) return;
    this.#connections[Symbol.dispose]();
    UntakenBytes.#shared = undefined;
  }
}
