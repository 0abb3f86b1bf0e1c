import { AcceptGate } from "../linux/accept_gate.ts";
import { type Connection, Connections } from "../linux/connections.ts";
import { type EventWindow, heldEvents, moveWindow } from "./held_events.ts";
import { MAX_SUBSCRIPTIONS } from "./memory_budget.ts";

/** Why a connection was ended, and how many of each. */
export interface EndedConnections {
  /** Its host had too many. */
  crowded: number;
  /** It did not even greet within the time limit, or while others waited for its place. */
  silent: number;
  /** It sent more than subscribers have to send. */
  talkative: number;
  /** It was the furthest behind when subscribers were too far behind in all. */
  behind: number;
}

/** One endpoint as the guard sees it. */
export interface GuardedEndpoint {
  /** The bound TCP port, or the path of a Unix socket; undefined for what cannot be guarded. */
  readonly place: number | string | undefined;
  /** Size of a message on the wire, bytes. */
  readonly messageBytes: number;
  /** Number of messages given to ZeroMQ. */
  readonly sent: number;
  /** Number of subscriptions now, also to topics. */
  readonly subscriptions: number;
}

/** A connection that was ended, or a reason to let none in. */
export interface Ending<Endpoint> {
  reason: keyof EndedConnections | "full";
  endpoint: Endpoint;
  /** `HOST:PORT` of the other side; empty for a Unix socket. */
  peer: string;
  /** Its host. */
  host: string;
  /** How many events ZeroMQ kept for it: an estimate. */
  behindEvents: number;
}

/** Limits of a {@linkcode SubscriberGuard}. */
export interface GuardLimits {
  /** To all endpoints together. */
  maxConnections: number;
  /** From one IPv4 address, or from one /64 of IPv6. */
  maxConnectionsPerHost: number;
  /** That ZeroMQ keeps for one subscriber. */
  maxSubscriberEvents: number;
  /** That ZeroMQ keeps for all subscribers. One that several lack is kept once. */
  maxBehindEvents: number;
}

/** How often the connections are looked at: when all is quiet, and while some wait to be let in. */
const LOOK_MS = 100;
const BUSY_LOOK_MS = 20;

/** ZeroMQ has told that subscriptions ended after this time. */
const SETTLE_MS = 2000;

/** Pause between two connections that are let in: 500 in a second. */
const ADMIT_MS = 2;

/** The least that a subscriber sends at once: identity and subscription, in ZMTP 1. */
const GREETING_BYTES = 5;

/** When there is no place, those that have not greeted for this time make room. */
const GREETING_MS = 500;

/**
 * What a subscriber may send: greeting and subscription take about 120 bytes. Heartbeats are far
 * below this rate.
 */
const MAX_RECEIVED_BYTES = 16 * 1024;
const RECEIVED_BYTES_PER_MS = 0.25;

/** A send queue that is empty at so many looks in a row has nothing behind it. */
const EMPTY_LOOKS = 2;

/** A Unix socket with less in it takes more at once: it has room for 208 KiB, as the kernel counts. */
const ROOMY_BYTES = 96 * 1024;

interface Tracked<Endpoint> {
  connection: Connection;
  readonly endpoint: Endpoint;
  readonly sinceMs: number;
  /** Bytes received beyond what the rate allows. */
  surplusBytes: number;
  /** The events that ZeroMQ keeps for it: an estimate, rather too large. */
  readonly kept: EventWindow;
  /** Of the endpoint, at the last look. */
  sent: number;
  emptyLooks: number;
  /** Whether it was ended here. It stays until ZeroMQ has closed it. */
  isEnded: boolean;
}

/**
 * Bounds what the peers of a publisher can take of the process: descriptors, memory and time.
 * ZeroMQ itself accepts every connection and keeps every subscription.
 *
 * - It lets connections in one by one, up to a number: the others wait in the kernel.
 * - It ends connections: the newest of a host that has too many; silent ones when others wait; those
 *   that send more than a subscriber has to send; and the subscriber furthest behind when ZeroMQ
 *   keeps too many events for all. A subscriber that greeted and reads stays.
 *
 * ZeroMQ sees a connection that is ended as lost. Its peer may connect again.
 */
export class SubscriberGuard<Endpoint extends GuardedEndpoint> implements Disposable {
  readonly #connections: Connections;
  readonly #gates: { listener: number; gate: AcceptGate }[];
  readonly #limits: GuardLimits;
  readonly #onEnding: (ending: Ending<Endpoint>) => void;
  readonly #endpoints = new Map<number | string, Endpoint>();
  readonly #tracked = new Map<bigint, Tracked<Endpoint>>();
  /** Until when the subscriptions of an endpoint may still be those of a peer that was ended. */
  readonly #settledMs = new Map<Endpoint, number>();
  /** Subscriptions that have ended, though ZeroMQ did not say so. */
  readonly #forgotten = new Map<Endpoint, number>();
  #places = 0;
  #lookedMs = 0;
  #nextLookMs = 0;

  private constructor(
    connections: Connections,
    endpoints: readonly Endpoint[],
    limits: GuardLimits,
    onEnding: (ending: Ending<Endpoint>) => void,
  ) {
    this.#connections = connections;
    this.#limits = limits;
    this.#onEnding = onEnding;
    for (const endpoint of endpoints) {
      if (endpoint.place !== undefined) this.#endpoints.set(endpoint.place, endpoint);
    }
    this.#gates = [...this.#endpoints.keys()]
      .flatMap((place) => connections.listeners(place))
      .flatMap((listener) => {
        const gate = AcceptGate.open(listener);
        return gate === undefined ? [] : [{ listener, gate }];
      });
  }

  /**
   * Undefined if the system does not provide this: then nothing is bounded here.
   *
   * @param endpoints that are bound. Dispose of the guard before one of them is closed.
   * @param onEnding called for each connection that is ended, and when there is no place
   */
  static open<Endpoint extends GuardedEndpoint>(
    endpoints: readonly Endpoint[],
    limits: GuardLimits,
    onEnding: (ending: Ending<Endpoint>) => void,
  ): SubscriberGuard<Endpoint> | undefined {
    const connections = Connections.open();
    return connections && new SubscriberGuard(connections, endpoints, limits, onEnding);
  }

  /** Number of connections at the last look. */
  get size(): number {
    return this.#tracked.size;
  }

  /**
   * Looks at the connections if it is time, ends those beyond a limit, and lets one in.
   *
   * @param nowMs monotonic clock
   * @returns when to call it again, ms from now
   */
  look(nowMs: number): number {
    const waiting = this.#gates.filter(({ listener }) => this.#connections.isWaiting(listener));
    if (nowMs >= this.#nextLookMs) {
      this.#follow(nowMs);
      this.#endTalkative();
      this.#endCrowd();
      this.#endSubscriptions(nowMs);
      this.#endBehind();
      if (waiting.length > 0) this.#makeRoom(nowMs);
      this.#places = this.#limits.maxConnections - this.#tracked.size;
      this.#nextLookMs = nowMs + (waiting.length > 0 ? BUSY_LOOK_MS : LOOK_MS);
    }
    // Each gate lets one in, also later: it takes a place at once.
    for (const { gate } of waiting.length > 0 ? waiting : this.#gates) {
      if (this.#places <= 0) break;
      this.#places--;
      gate.admitOne();
    }
    if (waiting.length > 0 && this.#places > 0) return ADMIT_MS;
    return Math.max(ADMIT_MS, this.#nextLookMs - nowMs);
  }

  [Symbol.dispose](): void {
    for (const { gate } of this.#gates) gate[Symbol.dispose]();
    this.#connections[Symbol.dispose]();
  }

  #follow(nowMs: number): void {
    const gone = new Set(this.#tracked.keys());
    for (const connection of this.#connections.list((local) => this.#endpoints.has(local))) {
      const endpoint = this.#endpoints.get(connection.local);
      if (endpoint === undefined) continue;
      gone.delete(connection.id);
      const tracked = this.#tracked.get(connection.id);
      if (tracked === undefined) {
        this.#tracked.set(connection.id, {
          ...{ connection, endpoint, sinceMs: nowMs, sent: endpoint.sent },
          surplusBytes: connection.receivedBytes ?? 0,
          kept: { from: endpoint.sent, to: endpoint.sent },
          ...{ emptyLooks: 0, isEnded: false },
        });
      } else this.#update(tracked, connection, nowMs - this.#lookedMs);
    }
    for (const id of gone) {
      const tracked = this.#tracked.get(id);
      this.#tracked.delete(id);
      if (tracked !== undefined && !tracked.isEnded && isSilent(tracked)) {
        this.#tell("silent", tracked);
      }
    }
    this.#lookedMs = nowMs;
  }

  /** Those that were not ended, oldest first. */
  get #current(): Tracked<Endpoint>[] {
    return [...this.#tracked.values()].filter(({ isEnded }) => !isEnded);
  }

  #update(tracked: Tracked<Endpoint>, connection: Connection, elapsedMs: number): void {
    const { connection: before, endpoint } = tracked;
    const received = (connection.receivedBytes ?? 0) - (before.receivedBytes ?? 0);
    const allowed = RECEIVED_BYTES_PER_MS * elapsedMs;
    tracked.surplusBytes = Math.max(0, tracked.surplusBytes + received - allowed);
    const acknowledged = (connection.acknowledgedBytes ?? 0) - (before.acknowledgedBytes ?? 0);
    moveWindow(tracked.kept, {
      taken: acknowledged / endpoint.messageBytes,
      sent: endpoint.sent,
      previouslySent: tracked.sent,
      maxEvents: this.#limits.maxSubscriberEvents,
    });
    tracked.emptyLooks = isDrained(connection) ? tracked.emptyLooks + 1 : 0;
    if (tracked.emptyLooks >= EMPTY_LOOKS) {
      tracked.kept.from = tracked.kept.to = endpoint.sent;
    }
    tracked.sent = endpoint.sent;
    tracked.connection = connection;
  }

  #endTalkative(): void {
    for (const tracked of this.#current) {
      if (tracked.surplusBytes > MAX_RECEIVED_BYTES) this.#end("talkative", tracked);
    }
  }

  /** Too many of one host, and too many in all where there is no gate: the newest go. */
  #endCrowd(): void {
    const ofHost = new Map<string, number>();
    let ofAll = 0;
    for (const tracked of this.#current) {
      const { host } = tracked.connection;
      const nth = (ofHost.get(host) ?? 0) + 1;
      const isTooMany = host !== "" && nth > this.#limits.maxConnectionsPerHost;
      if (isTooMany || ofAll >= this.#limits.maxConnections) this.#end("crowded", tracked);
      else {
        ofHost.set(host, nth);
        ofAll++;
      }
    }
  }

  /** Many short subscriptions, each within the rate: the peer that sent most goes. */
  #endSubscriptions(nowMs: number): void {
    for (const endpoint of this.#endpoints.values()) {
      const count = endpoint.subscriptions;
      // What remains of a peer that was ended must not be taken for that of others: it is told a
      // little later, and only once of a topic that was subscribed to twice.
      const isSettling = nowMs < (this.#settledMs.get(endpoint) ?? 0);
      const forgotten = isSettling ? count : Math.min(this.#forgotten.get(endpoint) ?? 0, count);
      this.#forgotten.set(endpoint, forgotten);
      if (count - Math.max(0, forgotten) <= MAX_SUBSCRIPTIONS) continue;
      const peers = this.#current.filter((tracked) => tracked.endpoint === endpoint);
      const most = Math.max(...peers.map(({ connection }) => connection.receivedBytes ?? 0));
      for (const tracked of peers) {
        // Of Unix sockets nobody knows who it was: all go, and those that are honest come back.
        if ((tracked.connection.receivedBytes ?? most) >= most) this.#end("talkative", tracked);
      }
    }
  }

  #endBehind(): void {
    const bySize = Map.groupBy(this.#current, ({ endpoint }) => endpoint.messageBytes);
    const kept = () =>
      [...bySize.values()].reduce((sum, peers) => sum + heldEvents(peers.map(keptOf)), 0);
    while (kept() > this.#limits.maxBehindEvents) {
      const peers = [...bySize.values()].flat().filter(({ kept: { from, to } }) => to > from);
      const last = peers.reduce((a, b) => a.kept.from <= b.kept.from ? a : b);
      this.#end("behind", last);
      const size = last.endpoint.messageBytes;
      bySize.set(size, (bySize.get(size) ?? []).filter((tracked) => tracked !== last));
    }
  }

  #makeRoom(nowMs: number): void {
    if (this.#tracked.size < this.#limits.maxConnections) return;
    const silent = this.#current.filter((tracked) => isSilent(tracked));
    for (const tracked of silent) {
      if (nowMs - tracked.sinceMs >= GREETING_MS) this.#end("silent", tracked);
    }
    const [first] = this.#current;
    if (silent.length === 0 && first !== undefined) this.#tell("full", first);
  }

  #end(reason: keyof EndedConnections, tracked: Tracked<Endpoint>): void {
    this.#connections.end(tracked.connection);
    tracked.isEnded = true;
    this.#settledMs.set(tracked.endpoint, this.#lookedMs + SETTLE_MS);
    this.#tell(reason, tracked);
  }

  #tell(reason: Ending<Endpoint>["reason"], tracked: Tracked<Endpoint>): void {
    const { endpoint, connection: { peer, host }, kept } = tracked;
    this.#onEnding({ reason, endpoint, peer, host, behindEvents: Math.ceil(kept.to - kept.from) });
  }
}

function keptOf<Endpoint>({ kept }: Tracked<Endpoint>): EventWindow {
  return kept;
}

/** Whether the kernel has room for more, so that ZeroMQ keeps nothing for this connection. */
function isDrained({ unsentBytes, acknowledgedBytes }: Connection): boolean {
  // Of a Unix socket nobody counts what was read: a little may be there at each look.
  return unsentBytes === 0 || (acknowledgedBytes === undefined && unsentBytes < ROOMY_BYTES);
}

function isSilent<Endpoint>({ connection: { receivedBytes } }: Tracked<Endpoint>): boolean {
  return receivedBytes !== undefined && receivedBytes < GREETING_BYTES;
}
