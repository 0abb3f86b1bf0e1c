import type { Publisher as PublisherSocket } from "zeromq";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { type CameraEvent, encodeEvent, type EventFormat } from "../event.ts";
import type { Ledger } from "../ledger.ts";
import { followPeers } from "../peers.ts";

/** How a {@linkcode Publisher} publishes. */
export interface PublisherOptions {
  /** ZeroMQ endpoints to bind, such as `tcp://127.0.0.101:5555`; port `*` for any free one. */
  endpoints: readonly string[];
  /** Which message an event becomes. @default "event" */
  format?: EventFormat;
  /** Events that wait to be handed to ZeroMQ, at most. @default 2048, 35 MB */
  maxQueuedEvents?: number;
  /** Events that ZeroMQ keeps for a subscriber that is behind, at most. @default 4096, 70 MB */
  maxSubscriberEvents?: number;
  /** Told of subscribers that come and go. @default nobody is */
  log?: (line: string) => void;
}

/** Events handed over that may stay at the front of the queue: taking each out would cost more. */
const COMPACT_AFTER = 256;

/** At the end, how long ZeroMQ goes on delivering to a subscriber that is behind. */
const LINGER_MS = 2000;

/**
 * Publishes events over ZeroMQ (PUB), one frame each, without a topic.
 *
 * It never blocks: events wait in a queue, and when that is full a new event is not published but
 * counted as `unsent`. ZeroMQ itself drops events for a subscriber that is too far behind; the
 * subscriber sees a gap in the event numbers.
 */
export class Publisher implements AsyncDisposable {
  /** The endpoints as bound, with their ports. */
  readonly endpoints: string[] = [];
  /** The counters, of which `published` and `unsent` are kept here. */
  readonly ledger: Ledger<"events">;
  readonly #socket: PublisherSocket;
  readonly #format: EventFormat;
  readonly #maxQueued: number;
  readonly #queue: CameraEvent[] = [];
  /** How many at the front of the queue have been handed over. */
  #sent = 0;
  #pump: Promise<void> | undefined;
  #failure: OperationError | undefined;
  #subscribers = 0;
  readonly #peers: Promise<void>;

  private constructor(
    socket: PublisherSocket,
    options: PublisherOptions,
    ledger: Ledger<"events">,
  ) {
    const { format = "event", maxQueuedEvents = 2048, log = () => {} } = options;
    this.#socket = socket;
    this.ledger = ledger;
    this.#format = format;
    this.#maxQueued = maxQueuedEvents;
    this.#peers = followPeers(socket.events, () => socket.closed, ({ kind, count }) => {
      this.#subscribers = count;
      log(`subscriber ${kind}, now ${count}`);
    }).catch((error) => this.#fail(error));
  }

  /**
   * Binds the endpoints.
   *
   * @throws {ConfigurationError} when one cannot be bound, or there is none
   */
  static async bind(options: PublisherOptions, ledger: Ledger<"events">): Promise<Publisher> {
    const { endpoints, maxSubscriberEvents = 4096 } = options;
    if (endpoints.length === 0) throw new ConfigurationError("no endpoint to publish on: give one");
    const zeromq = await import("zeromq");
    const socket = new zeromq.Publisher({
      sendHighWaterMark: maxSubscriberEvents,
      linger: LINGER_MS,
    });
    const publisher = new Publisher(socket, options, ledger);
    try {
      for (const endpoint of endpoints) publisher.endpoints.push(await bind(socket, endpoint));
    } catch (error) {
      await publisher.close();
      throw error;
    }
    return publisher;
  }

  /** Events that wait to be handed to ZeroMQ. */
  get queued(): number {
    return this.#queue.length - this.#sent;
  }

  /** Subscribers that are connected. */
  get subscribers(): number {
    return this.#subscribers;
  }

  /**
   * Queues events; their memory belongs to ZeroMQ from now on.
   *
   * @throws {OperationError} when sending has failed
   */
  publish(events: readonly CameraEvent[]): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (events.length === 0) return;
    const room = this.#maxQueued - this.queued;
    const taken = events.length <= room ? events : events.slice(0, room);
    this.#queue.push(...taken);
    this.ledger.events.unsent += events.length - taken.length;
    this.#pump ??= this.#send();
  }

  /** Resolves when everything queued has been handed to ZeroMQ. */
  async flush(): Promise<void> {
    await this.#pump;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Hands over what is queued and closes; ZeroMQ delivers for up to 2 s more. */
  async close(): Promise<void> {
    if (this.#socket.closed) return;
    await this.#pump;
    this.#socket.close();
    await this.#peers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A socket takes one send at a time. */
  async #send(): Promise<void> {
    try {
      while (this.#sent < this.#queue.length) {
        await this.#socket.send(encodeEvent(this.#queue[this.#sent], this.#format));
        this.ledger.events.published++;
        if (++this.#sent < COMPACT_AFTER && this.queued > 0) continue;
        this.#queue.splice(0, this.#sent);
        this.#sent = 0;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#pump = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#failure = new OperationError(`cannot publish: ${messageOf(error)}`);
  }
}

async function bind(socket: PublisherSocket, endpoint: string): Promise<string> {
  try {
    await socket.bind(endpoint);
    return socket.lastEndpoint ?? endpoint;
  } catch (error) {
    const reason = messageOf(error);
    let advice = reason;
    if (/in use/i.test(reason)) {
      advice = "address in use; is another ssdaq daemon running? stop it, or take another with -p";
    } else if (/assign|no such device/i.test(reason)) {
      advice = "this host has no such address; take one of `ip address`, or tcp://*:PORT for all";
    }
    throw new ConfigurationError(`cannot publish on ${endpoint}: ${advice}`);
  }
}
