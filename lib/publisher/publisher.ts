import { setImmediate } from "node:timers";
import type { XPublisher } from "zeromq";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { type CameraEvent, encodeEvent, type EventFormat } from "../event.ts";
import type { Ledger } from "../ledger.ts";
import { Wakeup } from "../wakeup.ts";

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

/** First byte of what a subscriber sends to an XPUB socket. */
const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;

/** How often subscriptions are looked for. */
const FOLLOW_MS = 100;

/** At the end, how long ZeroMQ goes on delivering to a subscriber that is behind. */
const LINGER_MS = 2000;

/**
 * Publishes events over ZeroMQ, one frame each, without a topic. The socket is an XPUB, which is a
 * PUB that tells of subscriptions.
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
  readonly #socket: XPublisher;
  readonly #format: EventFormat;
  readonly #maxQueued: number;
  readonly #queue: CameraEvent[] = [];
  /** How many at the front of the queue have been handed over. */
  #sent = 0;
  #pump: Promise<void> | undefined;
  #failure: OperationError | undefined;
  #subscribers = 0;
  readonly #following: Promise<void>;
  readonly #wakeup = new Wakeup();

  private constructor(
    socket: XPublisher,
    options: PublisherOptions,
    ledger: Ledger<"events">,
  ) {
    const { format = "event", maxQueuedEvents = 2048, log = () => {} } = options;
    this.#socket = socket;
    this.ledger = ledger;
    this.#format = format;
    this.#maxQueued = maxQueuedEvents;
    this.#following = this.#followSubscribers(log).catch((error) => this.#fail(error));
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
    const socket = new zeromq.XPublisher({
      sendHighWaterMark: maxSubscriberEvents,
      // Under Deno a receive that waits may miss what wakes it: it is tried now and then instead.
      receiveTimeout: 0,
      linger: LINGER_MS,
    });
    socket.verbosity = "allSubsUnsubs";
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

  /** Subscriptions there are: every event from now on goes to so many. */
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
    this.#wakeup.wake();
    await this.#following;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Counts subscriptions, and not connections: a subscription is heard from its message on. */
  async #followSubscribers(log: (line: string) => void): Promise<void> {
    while (!this.#socket.closed) {
      try {
        const [message] = await this.#socket.receive();
        // However many come, acquisition has its turn between any two.
        await new Promise<void>((resolve) => void setImmediate(resolve));
        const joined = message[0] === SUBSCRIBE;
        if (!joined && message[0] !== UNSUBSCRIBE) continue;
        this.#subscribers += joined ? 1 : -1;
        log(`subscriber ${joined ? "joined" : "left"}, now ${this.#subscribers}`);
      } catch (error) {
        if (this.#socket.closed) return;
        if ((error as { code?: string }).code !== "EAGAIN") throw error;
        await this.#wakeup.sleep(FOLLOW_MS);
      }
    }
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

async function bind(socket: XPublisher, endpoint: string): Promise<string> {
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
