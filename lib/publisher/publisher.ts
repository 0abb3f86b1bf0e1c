import { Complaints } from "../complaints.ts";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { SendQueues } from "../linux/send_queues.ts";
import { type Log, StageLog } from "../notice.ts";
import { stoppingPoint } from "../stopping_point.ts";
import { sleep } from "../time/sleep.ts";
import { Wakeup } from "../time/wakeup.ts";
import { type CameraEvent, encodeEvent, EVENT_BYTES, type EventFormat } from "../wire/event.ts";
import { publisherBounds } from "./memory_budget.ts";
import { type EndpointState, LINGER_MS, PublishingSocket } from "./publishing_socket.ts";
import { type Ending, SubscriberGuard } from "./subscriber_guard.ts";

export type { EndpointState } from "./publishing_socket.ts";
export type { EndedConnections } from "./subscriber_guard.ts";

/** An endpoint to publish on. */
export interface PublishOptions {
  /** ZeroMQ endpoint to bind, such as `tcp://127.0.0.101:5555`; port `*` for any free port. */
  endpoint: string;
  /** Message format on this endpoint. @default the format in {@linkcode PublisherOptions} */
  format?: EventFormat;
}

/** Options of a {@linkcode Publisher}. */
export interface PublisherOptions {
  /** Where to publish. A string is an endpoint with the default format. */
  endpoints: readonly (string | PublishOptions)[];
  /** Message format of endpoints that do not set one. @default "event" */
  format?: EventFormat;
  /** Maximum number of events in the queue to ZeroMQ. @default 2048, 35 MB */
  maxQueuedEvents?: number;
  /** Maximum number of events that ZeroMQ keeps for a slow subscriber. @default 4096, 70 MB */
  maxSubscriberEvents?: number;
  /**
   * Maximum number of events that ZeroMQ keeps for all slow subscribers together; one that several
   * lack is kept once. When there are more, the subscriber furthest behind is disconnected, and
   * what was kept for it counts as `undelivered`. @default twice `maxSubscriberEvents`
   */
  maxBehindEvents?: number;
  /**
   * Maximum number of connections to all endpoints. Others wait until one is closed. Half of them
   * may come from one host. @default 256, or a quarter of the descriptors if that is less
   */
  maxConnections?: number;
  /** How long ZeroMQ keeps delivering after {@linkcode Publisher.close}, ms. @default 30 000 */
  lingerMs?: number;
  /** Gets notices when subscribers come, go, or are too slow. @default none */
  log?: Log;
}

/** Maximum number of log lines in 10 s about subscribers that come and go. */
const MAX_CHANGES_LOGGED = 64;

/**
 * Interval of checks for complete delivery, and the required number of positive checks in a row.
 */
const LOOK_MS = 50;
const EMPTY_LOOKS = 3;

/** A delivery that takes longer than this is logged. */
const LOG_AFTER_MS = 1000;

/**
 * Sent events may stay at the front of the queue up to this number: removing each alone is slower.
 */
const COMPACT_AFTER = 256;

/**
 * Publishes events over ZeroMQ, one frame each, without a topic, on one or several endpoints, each
 * with its format.
 *
 * It never blocks. Events wait in a queue. When the queue is full, a new event is not published,
 * but counted as `unsent`. ZeroMQ itself drops events for a subscriber that is too slow. The
 * subscriber sees a gap in the event numbers. Here the event is counted as `undelivered`, as far as
 * ZeroMQ reports it: see {@linkcode PublishingSocket}.
 */
export class Publisher implements AsyncDisposable {
  /** The counters. This class updates `published`, `unsent` and `undelivered`. */
  readonly ledger: Ledger<"events">;
  readonly #sockets: readonly PublishingSocket[];
  /** The sockets by format. Each message is made once, and only if a socket needs it. */
  readonly #byFormat: readonly (readonly [EventFormat, readonly PublishingSocket[]])[];
  readonly #maxQueued: number;
  readonly #maxSubscriberEvents: number;
  readonly #maxBehindEvents: number;
  readonly #maxConnections: number;
  readonly #log: StageLog;
  readonly #changes: Complaints<"change">;
  readonly #complaints: Complaints<string>;
  readonly #guard: SubscriberGuard<PublishingSocket> | undefined;
  readonly #guardWakeup = new Wakeup();
  #guarding = Promise.resolve();
  #isClosing = false;
  readonly #queue: CameraEvent[] = [];
  /** Number of events at the front of the queue that are sent already. */
  #sent = 0;
  #pump: Promise<void> | undefined;
  #failure: OperationError | undefined;

  private constructor(
    sockets: readonly PublishingSocket[],
    options: PublisherOptions,
    ledger: Ledger<"events">,
  ) {
    const bounds = publisherBounds(options);
    const { maxQueuedEvents, maxSubscriberEvents, maxConnections } = bounds;
    const { log } = options;
    this.#sockets = sockets;
    this.ledger = ledger;
    this.#byFormat = [...Map.groupBy(sockets, ({ state }) => state.format)];
    this.#maxQueued = maxQueuedEvents;
    this.#maxSubscriberEvents = maxSubscriberEvents;
    this.#maxBehindEvents = bounds.maxBehindEvents;
    this.#maxConnections = maxConnections;
    this.#log = new StageLog("publisher", log);
    this.#changes = new Complaints(this.#log, MAX_CHANGES_LOGGED);
    this.#complaints = new Complaints(this.#log);
    for (const socket of sockets) {
      socket.follow((kind) => this.#tellChange(kind, socket), (error) => this.#fail(error));
    }
    this.#guard = SubscriberGuard.open(
      sockets,
      { ...bounds, maxConnectionsPerHost: Math.ceil(maxConnections / 2) },
      (ending) => this.#tellEnding(ending),
    );
    if (this.#guard !== undefined) {
      this.#guarding = this.#watch(this.#guard).catch((error) => this.#fail(error));
    }
  }

  /**
   * Binds the endpoints.
   *
   * @throws {UnavailableError} if an endpoint is in use, or this host does not have its address yet
   * @throws {ConfigurationError} if an endpoint is invalid or not allowed, or there is none
   */
  static async bind(options: PublisherOptions, ledger: Ledger<"events">): Promise<Publisher> {
    const { endpoints, format: usual = "event", lingerMs = LINGER_MS } = options;
    const { maxSubscriberEvents } = publisherBounds(options);
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

  /** The bound endpoints, with their ports. */
  get endpoints(): string[] {
    return this.#sockets.map(({ state }) => state.endpoint);
  }

  /** Each endpoint with its subscribers. */
  get states(): EndpointState[] {
    return this.#sockets.map(({ state }) => ({ ...state, ended: { ...state.ended } }));
  }

  /** Number of events in the queue to ZeroMQ. */
  get queued(): number {
    return this.#queue.length - this.#sent;
  }

  /** Number of subscriptions. Each gets every event from now on. */
  get subscribers(): number {
    return this.#sockets.reduce((total, { state }) => total + state.subscribers, 0);
  }

  /**
   * Queues events. Their memory must not change from now on.
   *
   * @throws {OperationError} if sending has failed
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

  /** Resolves when ZeroMQ has everything that was queued. */
  async flush(): Promise<void> {
    await this.#pump;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Waits until the subscribers have taken everything that was published, up to a time limit. Then
   * it gives up the rest, logs it, and counts it as `undelivered`. Do not publish after this call.
   *
   * @returns `delivered`, `lost`, or `unknown` if the system cannot say; then closing still
   * delivers
   */
  async deliver(timeoutMs: number = LINGER_MS): Promise<"delivered" | "lost" | "unknown"> {
    await this.flush();
    using queues = SendQueues.open();
    // A peer that lies about its subscriptions can make fewer of them than there are.
    const heard = this.#sockets.filter(({ state, tcpPort }) =>
      state.subscribers > 0 || (tcpPort !== undefined && state.joined > 0)
    );
    if (heard.length === 0) return "delivered";
    if (queues === undefined || heard.some(({ tcpPort }) => tcpPort === undefined)) {
      return "unknown";
    }
    const startMs = performance.now();
    let hasLogged = false;
    // ZeroMQ passes messages to the kernel a moment after there is room.
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
      if (!hasLogged && waitedMs >= LOG_AFTER_MS) {
        hasLogged = true;
        this.#log.info(
          `waiting up to ${timeoutMs / 1000} s for subscribers to take what was published`,
        );
      }
      await sleep(LOOK_MS);
    }
    for (const socket of heard) socket.noteDelivered();
    return "delivered";
  }

  #giveUp(socket: PublishingSocket, unsentBytes: number, timeoutMs: number): void {
    if (unsentBytes === 0) return;
    const events = Math.ceil(unsentBytes / EVENT_BYTES);
    socket.giveUp(events);
    this.ledger.events.undelivered += events;
    this.#log.warning(
      `a subscriber of ${socket.state.endpoint} has not taken the last events within ` +
        `${timeoutMs / 1000} s: it does not get them; this is ${events} events or more, up to ` +
        `${this.#maxSubscriberEvents}`,
      { fields: { endpoint: socket.state.endpoint, leastEvents: events } },
    );
  }

  /** Sends what is queued and closes. ZeroMQ keeps delivering for up to 30 s. */
  async close(): Promise<void> {
    await this.#pump;
    this.#isClosing = true;
    this.#guardWakeup.wake();
    await this.#guarding;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #watch(guard: SubscriberGuard<PublishingSocket>): Promise<void> {
    using _guard = guard;
    while (!this.#isClosing) await this.#guardWakeup.sleep(guard.look(performance.now()));
  }

  async #send(): Promise<void> {
    const { events } = this.ledger;
    try {
      while (this.#sent < this.#queue.length) {
        const delivered = await this.#sendToAll(itemAt(this.#queue, this.#sent));
        // It was then counted with the events in the queue.
        if (this.#failure !== undefined) return;
        stoppingPoint("publisher.sent");
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

  /** False if a subscriber of any endpoint does not get the event. */
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
          "it gets no new events until it has caught up",
        fields: { endpoint, behindEvents: this.#maxSubscriberEvents },
      }),
    );
  }

  #tellEnding({ reason, endpoint: socket, peer, host, behindEvents }: Ending<PublishingSocket>) {
    const { state } = socket;
    const { endpoint } = state;
    if (reason !== "full") state.ended[reason]++;
    if (reason === "behind") {
      state.undelivered += behindEvents;
      this.ledger.events.undelivered += behindEvents;
    }
    const who = host === "" ? "a program of this host" : host;
    const texts = {
      full: `all ${this.#maxConnections} places for subscribers are taken: others wait until one ` +
        `is closed; end programs that subscribe in vain`,
      crowded: `${who} has too many connections to ${endpoint}, more than ` +
        `${Math.ceil(this.#maxConnections / 2)}: the newest are ended; look for a program there ` +
        "that connects again and again",
      silent: `${who} connected to ${endpoint} and did not greet as a subscriber does: the ` +
        "connection was ended; look for a program there that takes it for another service",
      talkative:
        `${who} sent too much to ${endpoint}, where events have no topic: the connection ` +
        "was ended; a subscriber must subscribe once, to everything",
      behind: `the subscriber ${peer || who} of ${endpoint} was about ${behindEvents} events ` +
        `behind, the furthest of all, and more than ${this.#maxBehindEvents} events wait: it was ` +
        "disconnected; it may connect again; end subscribers that do not read",
    };
    this.#complaints.complain(`${reason} ${endpoint}`, performance.now(), () => ({
      level: "warning",
      text: texts[reason],
      fields: { endpoint, peer, host, behindEvents },
    }));
  }

  /** Events in the queue will not be published. */
  #fail(error: unknown): void {
    this.ledger.events.unsent += this.queued;
    this.#queue.length = 0;
    this.#sent = 0;
    this.#failure ??= new OperationError(`cannot publish: ${messageOf(error)}`);
  }
}
