import { setImmediate } from "node:timers";
import type { XPublisher } from "zeromq";
import { ConfigurationError, messageOf, OperationError, UnavailableError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import { loadZeromq } from "../load_zeromq.ts";
import type { Particulars } from "../notice.ts";
import { Wakeup } from "../time/wakeup.ts";
import { EVENT_BYTES, type EventFormat, READOUT_MESSAGE_BYTES } from "../wire/event.ts";
import type { EndedConnections, GuardedEndpoint } from "./subscriber_guard.ts";
import { IN_USE, refuseUsedPath } from "./ipc_path.ts";
import { Subscriptions } from "./subscriptions.ts";
import { withoutWarnings } from "./without_warnings.ts";

/** How often new subscriptions are read. */
const FOLLOW_MS = 100;

/** The same after one was read: ZeroMQ keeps the connection of a peer until all it sent is read. */
const FOLLOW_SOON_MS = 2;

/** Subscriptions read before acquisition continues. ZeroMQ keeps the others. */
const SUBSCRIPTIONS_PER_TURN = 64;

/** After closing, ZeroMQ keeps delivering to a slow subscriber for this time. */
export const LINGER_MS = 30_000;

/**
 * The longest frame that a subscriber may send. Its part of the handshake has about 40 bytes and its
 * identity, if it gives one; a subscription has 1 byte, or 10 in ZMTP 3.1, and its topic. ZeroMQ
 * ends the connection of a peer that sends a longer one.
 */
const MAX_RECEIVED_FRAME_BYTES = 128;

/** ZeroMQ ends a connection whose handshake takes longer. */
const HANDSHAKE_MS = 5000;

/** A host that is gone is noticed after this time and four probes at that interval. */
const KEEPALIVE_IDLE_S = 60;
const KEEPALIVE_INTERVAL_S = 15;

/** The head of a frame of more than 255 bytes. */
const FRAME_HEAD_BYTES = 9;

/**
 * After everything was delivered, it lingers for this time: a peer that was disconnected may still
 * have a queue.
 */
const DELIVERED_LINGER_MS = 1000;

/** Errors that will not go away with this endpoint. Others may. */
const PERMANENT: readonly unknown[] = ["EINVAL", "EPROTONOSUPPORT", "ENOCOMPATPROTO", "EACCES"];

/** One endpoint and its subscribers. */
export interface EndpointState {
  /** The bound endpoint, with its port. */
  endpoint: string;
  /** Message format on this endpoint. */
  format: EventFormat;
  /** Current number of subscriptions to everything. */
  subscribers: number;
  /** Number of subscriptions that ever began. */
  joined: number;
  /** Number of subscriptions that ended. */
  left: number;
  /** Events that some subscriber did not get, as far as ZeroMQ reports it: a lower bound. */
  undelivered: number;
  /** Connections that were ended, by reason. */
  ended: EndedConnections;
}

/**
 * The ZeroMQ socket of one endpoint. It is an XPUB: a PUB that reports subscriptions.
 *
 * ZeroMQ keeps a number of messages for each subscriber. When a subscriber's queue is full, the
 * message is dropped for it and counted as undelivered. The other subscribers get it. From then on
 * ZeroMQ drops without a report until the subscriber has read half of its queue. So `undelivered`
 * is a lower bound. It is 0 if everything was delivered. Subscribers see exactly what they miss by
 * the gaps in the event numbers.
 */
export class PublishingSocket implements AsyncDisposable, GuardedEndpoint {
  readonly state: EndpointState;
  /** Size of a message with its head, bytes. */
  readonly messageBytes: number;
  #sent = 0;
  readonly #subscriptions = new Subscriptions();
  readonly #socket: XPublisher;
  readonly #wakeup = new Wakeup();
  #following = Promise.resolve();

  private constructor(socket: XPublisher, endpoint: string, format: EventFormat) {
    this.#socket = socket;
    const ended = { crowded: 0, silent: 0, talkative: 0, behind: 0 };
    this.state = { endpoint, format, subscribers: 0, joined: 0, left: 0, undelivered: 0, ended };
    this.messageBytes = FRAME_HEAD_BYTES +
      (format === "event" ? EVENT_BYTES : READOUT_MESSAGE_BYTES);
  }

  /**
   * Binds an endpoint.
   *
   * @param endpoint such as `tcp://127.0.0.101:5555`; port `*` for any free port
   * @param format of the messages that will be sent
   * @param maxSubscriberMessages how many are kept for a slow subscriber
   * @param lingerMs how long it keeps delivering after it was closed
   * @throws {UnavailableError} if it is in use, or this host does not have the address yet
   * @throws {ConfigurationError} if it is invalid or not allowed
   * @throws {OperationError} if ZeroMQ cannot be loaded, or does not give a socket
   */
  static async bind(
    endpoint: string,
    format: EventFormat,
    maxSubscriberMessages: number,
    lingerMs: number,
  ): Promise<PublishingSocket> {
    await refuseUsedPath(endpoint);
    const { XPublisher } = await loadZeromq();
    const socket = opened(endpoint, () =>
      new XPublisher({
        sendHighWaterMark: maxSubscriberMessages,
        // ZeroMQ reads a subscriber's next message only when the one before was looked at here. So
        // a subscriber cannot send subscriptions faster than that.
        receiveHighWaterMark: 1,
        maxMessageSize: MAX_RECEIVED_FRAME_BYTES,
        handshakeInterval: HANDSHAKE_MS,
        tcpKeepalive: 1,
        tcpKeepaliveIdle: KEEPALIVE_IDLE_S,
        tcpKeepaliveInterval: KEEPALIVE_INTERVAL_S,
        tcpKeepaliveCount: 4,
        sendTimeout: 0,
        // Under Deno, a waiting receive may miss its wake-up. So it never waits, and is called at
        // intervals.
        receiveTimeout: 0,
        linger: lingerMs,
        noDrop: true,
        // Only where it is needed: it changes how bound IPv4 addresses are told.
        ipv6: endpoint.includes("["),
      }));
    socket.verbosity = "allSubsUnsubs";
    try {
      await socket.bind(endpoint);
    } catch (error) {
      socket.close();
      const { why, code } = reasonFor(error);
      const message = `cannot publish on ${endpoint}: ${why}`;
      const details = { code, fields: { endpoint } };
      const isLasting = PERMANENT.includes((error as { code?: unknown }).code);
      throw isLasting
        ? new ConfigurationError(message, details)
        : new UnavailableError(message, details);
    }
    return new PublishingSocket(socket, socket.lastEndpoint ?? endpoint, format);
  }

  /**
   * Counts subscriptions until it is closed. These are not connections: a subscription counts from
   * its message on.
   *
   * @param onChange called for each subscription that begins or ends
   * @param onFailure called when it cannot continue, with the reason
   */
  follow(onChange: (kind: "joined" | "left") => void, onFailure: (error: unknown) => void): void {
    this.#following = this.#followSubscribers(onChange).catch(onFailure);
  }

  /**
   * Sends a message to all subscribers through ZeroMQ. Only one call at a time.
   *
   * @param message its memory must not change from now on
   * @returns false if a subscriber's queue was full and it does not get the message
   */
  async send(message: Uint8Array): Promise<boolean> {
    this.#sent++;
    try {
      await this.#socket.send(message);
      return true;
    } catch (error) {
      if (!isAgain(error)) throw error;
    }
    this.state.undelivered++;
    this.#setNoDrop(false);
    try {
      await this.#socket.send(message);
    } finally {
      this.#setNoDrop(true);
    }
    return false;
  }

  /** Number of messages given to ZeroMQ. */
  get sent(): number {
    return this.#sent;
  }

  /** Number of subscriptions now, also to topics, which no event has. */
  get subscriptions(): number {
    return this.#subscriptions.count;
  }

  /** The bound TCP port, or the path of the Unix socket. */
  get place(): number | string | undefined {
    return this.tcpPort ?? /^ipc:\/\/(.+)$/.exec(this.state.endpoint)?.[1];
  }

  /** The bound TCP port; undefined if the endpoint is not TCP. */
  get tcpPort(): number | undefined {
    const [, port] = /^tcp:\/\/.*:(\d+)$/.exec(this.state.endpoint) ?? [];
    return port === undefined ? undefined : Number(port);
  }

  /** All messages were delivered. */
  noteDelivered(): void {
    this.#socket.linger = DELIVERED_LINGER_MS;
  }

  /** Gives up messages that were not delivered: at least this number. */
  giveUp(messages: number): void {
    this.state.undelivered += messages;
    this.#socket.linger = 0;
  }

  /** Closes. ZeroMQ keeps delivering for up to 30 s. */
  async close(): Promise<void> {
    if (this.#socket.closed) return;
    this.#socket.close();
    this.#wakeup.wake();
    await this.#following;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #followSubscribers(onChange: (kind: "joined" | "left") => void): Promise<void> {
    let takenBefore = 0;
    for (let taken = 0; !this.#socket.closed;) {
      try {
        // A receive that finds nothing and gives up may take a message with it that comes then.
        if (!this.#socket.readable) {
          await this.#wakeup.sleep(taken === takenBefore ? FOLLOW_MS : FOLLOW_SOON_MS);
          takenBefore = taken;
          continue;
        }
        const message = itemAt(await this.#socket.receive(), 0);
        if (++taken % SUBSCRIPTIONS_PER_TURN === 0) {
          await new Promise<void>((resolve) => void setImmediate(resolve));
        }
        const kind = this.#subscriptions.take(message);
        if (kind === undefined) continue;
        this.state[kind]++;
        this.state.subscribers = this.#subscriptions.toAll;
        onChange(kind);
      } catch (error) {
        if (this.#socket.closed) return;
        if (!isAgain(error)) throw error;
        await this.#wakeup.sleep(FOLLOW_MS);
      }
    }
  }

  /** This takes effect at once, although zeromq warns that it does not. */
  #setNoDrop(noDrop: boolean): void {
    withoutWarnings(() => this.#socket.noDrop = noDrop);
  }
}

/** Makes a socket. ZeroMQ has none when the process has too many files open. */
function opened(endpoint: string, make: () => XPublisher): XPublisher {
  try {
    return make();
  } catch (error) {
    throw new OperationError(`cannot publish on ${endpoint}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function isAgain(error: unknown): boolean {
  return (error as { code?: string }).code === "EAGAIN";
}

function reasonFor(error: unknown): { why: string } & Particulars {
  const reason = messageOf(error);
  if (/in use/i.test(reason)) {
    return { why: IN_USE, code: "publisher.inUse" };
  }
  if (/assign|no such device/i.test(reason)) {
    return {
      why: "this host has no such address; use one of `ip address`, or tcp://*:PORT for all",
    };
  }
  return { why: reason };
}
