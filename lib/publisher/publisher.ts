import { Complaints } from "../complaints.ts";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { type CameraEvent, encodeEvent, EVENT_BYTES, type EventFormat } from "../wire/event.ts";
import { itemAt } from "../item_at.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Log, StageLog } from "../notice.ts";
import { type EndpointState, LINGER_MS, PublishingSocket } from "./publishing_socket.ts";
import { SendQueues } from "../linux/send_queues.ts";
import { sleep } from "../time/sleep.ts";

export type { EndpointState } from "./publishing_socket.ts";

/** An endpoint to publish on. */
export interface PublishOptions {
  /** ZeroMQ endpoint to bind, such as `tcp://127.0.0.101:5555`; port `*` for any free one. */
  endpoint: string;
  /** Which message an event becomes here. @default that of {@linkcode PublisherOptions} */
  format?: EventFormat;
}

/** How a {@linkcode Publisher} publishes. */
export interface PublisherOptions {
  /** Where to publish; a text is an endpoint without a format of its own. */
  endpoints: readonly (string | PublishOptions)[];
  /** Which message an event becomes where an endpoint does not say. @default "event" */
  format?: EventFormat;
  /** Events that wait to be handed to ZeroMQ, at most. @default 2048, 35 MB */
  maxQueuedEvents?: number;
  /** Events that ZeroMQ keeps for a subscriber that is behind, at most. @default 4096, 70 MB */
  maxSubscriberEvents?: number;
  /** How long ZeroMQ goes on delivering after {@linkcode Publisher.close}, ms. @default 30 000 */
  lingerMs?: number;
  /** Told of subscribers that come, go, or are too far behind. @default nobody is */
  log?: Log;
}

/** Subscribers that may come and go in 10 s with a line for each. */
const CHANGES_TOLD = 64;

/** How often it is looked whether all has been delivered, and how often in a row it must have been. */
const LOOK_MS = 50;
const EMPTY_LOOKS = 3;

/** A delivery that takes longer is logged. */
const TELL_AFTER_MS = 1000;

/** Events handed over that may stay at the front of the queue: taking each out would cost more. */
const COMPACT_AFTER = 256;

/**
 * Publishes events over ZeroMQ, one frame each, without a topic, on one or several endpoints, each
 * in its own format.
 *
 * It never blocks: events wait in a queue, and when that is full a new event is not published but
 * counted as `unsent`. ZeroMQ itself drops events for a subscriber that is too far behind; the
 * subscriber sees a gap in the event numbers, and here it is counted as `undelivered` as far as
 * ZeroMQ tells: see {@linkcode PublishingSocket}.
 */
export class Publisher implements AsyncDisposable {
  /** The counters, of which `published`, `unsent` and `undelivered` are kept here. */
  readonly ledger: Ledger<"events">;
  readonly #sockets: readonly PublishingSocket[];
  /** The sockets by what they publish: each message is made once, and only if one wants it. */
  readonly #byFormat: readonly (readonly [EventFormat, readonly PublishingSocket[]])[];
  readonly #maxQueued: number;
  readonly #maxSubscriberEvents: number;
  readonly #log: StageLog;
  readonly #changes: Complaints<"change">;
  readonly #complaints: Complaints<string>;
  readonly #queue: CameraEvent[] = [];
  /** How many at the front of the queue have been handed over. */
  #sent = 0;
  #pump: Promise<void> | undefined;
  #failure: OperationError | undefined;

  private constructor(
    sockets: readonly PublishingSocket[],
    options: PublisherOptions,
    ledger: Ledger<"events">,
  ) {
    const { maxQueuedEvents = 2048, maxSubscriberEvents = 4096, log } = options;
    this.#sockets = sockets;
    this.ledger = ledger;
    this.#byFormat = [...Map.groupBy(sockets, ({ state }) => state.format)];
    this.#maxQueued = maxQueuedEvents;
    this.#maxSubscriberEvents = maxSubscriberEvents;
    this.#log = new StageLog("publisher", log);
    this.#changes = new Complaints(this.#log, CHANGES_TOLD);
    this.#complaints = new Complaints(this.#log);
    for (const socket of sockets) {
      socket.follow((kind) => this.#tellChange(kind, socket), (error) => this.#fail(error));
    }
  }

  /**
   * Binds the endpoints.
   *
   * @throws {UnavailableError} when one is in use, or not this host's yet
   * @throws {ConfigurationError} when one may not be bound or is none, or there is none
   */
  static async bind(options: PublisherOptions, ledger: Ledger<"events">): Promise<Publisher> {
    const { endpoints, format: usual = "event", maxSubscriberEvents = 4096 } = options;
    const { lingerMs = LINGER_MS } = options;
    if (endpoints.length === 0) throw new ConfigurationError("no endpoint to publish on: give one");
    await using bound = new AsyncDisposableStack();
    const sockets: PublishingSocket[] = [];
    for (const given of endpoints) {
      const { endpoint, format = usual }: PublishOptions = typeof given === "string"
        ? { endpoint: given }
        : given;
      sockets.push(
        bound.use(await PublishingSocket.bind(endpoint, format, maxSubscriberEvents, lingerMs)),
      );
    }
    bound.move();
    return new Publisher(sockets, options, ledger);
  }

  /** The endpoints as bound, with their ports. */
  get endpoints(): string[] {
    return this.#sockets.map(({ state }) => state.endpoint);
  }

  /** Each endpoint, and who hears it. */
  get states(): EndpointState[] {
    return this.#sockets.map(({ state }) => ({ ...state }));
  }

  /** Events that wait to be handed to ZeroMQ. */
  get queued(): number {
    return this.#queue.length - this.#sent;
  }

  /** Subscriptions there are: every event from now on goes to so many. */
  get subscribers(): number {
    return this.#sockets.reduce((total, { state }) => total + state.subscribers, 0);
  }

  /**
   * Queues events; their memory must not change from now on.
   *
   * @throws {OperationError} when sending has failed
   */
  publish(events: readonly CameraEvent[]): void {
    if (this.#failure !== undefined) {
      this.ledger.events.unsent += events.length;
      throw this.#failure;
    }
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

  /**
   * Waits until the subscribers have taken all that was published, and no longer than a time; what
   * they have not taken then is given up, told and counted as `undelivered`. Nothing is to be
   * published any more.
   *
   * @returns `delivered`, `lost`, or `unknown` where the system does not tell, and closing delivers
   */
  async deliver(timeoutMs: number = LINGER_MS): Promise<"delivered" | "lost" | "unknown"> {
    await this.flush();
    using queues = SendQueues.open();
    const heard = this.#sockets.filter(({ state }) => state.subscribers > 0);
    if (heard.length === 0) return "delivered";
    if (queues === undefined || heard.some(({ tcpPort }) => tcpPort === undefined)) {
      return "unknown";
    }
    const startMs = performance.now();
    let hasTold = false;
    // What ZeroMQ has it hands to the kernel a moment after there is room.
    for (let emptyLooks = 0; emptyLooks < EMPTY_LOOKS;) {
      const unsent = heard.map(({ tcpPort = 0 }) => queues.unsentBytes(tcpPort));
      emptyLooks = unsent.every((bytes) => bytes === 0) ? emptyLooks + 1 : 0;
      const waitedMs = performance.now() - startMs;
      if (emptyLooks === 0 && waitedMs >= timeoutMs) {
        for (const [index, socket] of heard.entries()) {
          this.#giveUp(socket, itemAt(unsent, index), timeoutMs);
        }
        return "lost";
      }
      if (!hasTold && waitedMs >= TELL_AFTER_MS) {
        hasTold = true;
        this.#log.info(
          `waiting up to ${timeoutMs / 1000} s for subscribers to take what was published`,
        );
      }
      await sleep(LOOK_MS);
    }
    return "delivered";
  }

  #giveUp(socket: PublishingSocket, unsentBytes: number, timeoutMs: number): void {
    if (unsentBytes === 0) return;
    const events = Math.ceil(unsentBytes / EVENT_BYTES);
    socket.giveUp(events);
    this.ledger.events.undelivered += events;
    this.#log.warning(
      `a subscriber of ${socket.state.endpoint} has not taken the last events within ` +
        `${timeoutMs / 1000} s: it does not get them; they are ${events} at least, and up to ` +
        `${this.#maxSubscriberEvents}`,
      { fields: { endpoint: socket.state.endpoint, leastEvents: events } },
    );
  }

  /** Hands over what is queued and closes; ZeroMQ delivers for up to 30 s more. */
  async close(): Promise<void> {
    await this.#pump;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #send(): Promise<void> {
    const { events } = this.ledger;
    try {
      while (this.#sent < this.#queue.length) {
        const delivered = await this.#sendToAll(itemAt(this.#queue, this.#sent));
        // Then it has been counted with what waited.
        if (this.#failure !== undefined) return;
        if (!delivered) events.undelivered++;
        events.published++;
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

  /** False when a subscriber of any endpoint does not get the event. */
  async #sendToAll(event: CameraEvent): Promise<boolean> {
    let delivered = true;
    for (const [format, sockets] of this.#byFormat) {
      const message = encodeEvent(event, format);
      for (const socket of sockets) {
        if (await socket.send(message)) continue;
        delivered = false;
        this.#tellBehind(socket);
      }
    }
    return delivered;
  }

  #tellChange(kind: "joined" | "left", { state }: PublishingSocket): void {
    const where = this.#sockets.length > 1 ? `, ${state.subscribers} of ${state.endpoint}` : "";
    this.#changes.complain(
      "change",
      performance.now(),
      () => ({
        level: "info",
        text: `subscriber ${kind}, now ${this.subscribers}${where}`,
        fields: { endpoint: state.endpoint, subscribers: this.subscribers },
      }),
    );
  }

  #tellBehind({ state: { endpoint } }: PublishingSocket): void {
    this.#complaints.complain(
      endpoint,
      performance.now(),
      () => ({
        level: "warning",
        text: `a subscriber of ${endpoint} is ${this.#maxSubscriberEvents} events behind: ` +
          "it gets no more until it has caught up",
        fields: { endpoint, behindEvents: this.#maxSubscriberEvents },
      }),
    );
  }

  /** What waits will not be published any more. */
  #fail(error: unknown): void {
    this.ledger.events.unsent += this.queued;
    this.#queue.length = 0;
    this.#sent = 0;
    this.#failure ??= new OperationError(`cannot publish: ${messageOf(error)}`);
  }
}
