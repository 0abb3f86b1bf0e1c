import { setImmediate } from "node:timers";
import type { XPublisher } from "zeromq";
import { ConfigurationError, messageOf, UnavailableError } from "../errors.ts";
import type { Particulars } from "../notice.ts";
import { itemAt } from "../item_at.ts";
import type { EventFormat } from "../wire/event.ts";
import { Wakeup } from "../time/wakeup.ts";
import { withoutWarnings } from "./without_warnings.ts";

/** First byte of what a subscriber sends to an XPUB socket. */
const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;

/** How often subscriptions are looked for. */
const FOLLOW_MS = 100;

/** Subscriptions taken before acquisition has its turn; ZeroMQ keeps what is not taken. */
const SUBSCRIPTIONS_PER_TURN = 64;

/** At the end, how long ZeroMQ goes on delivering to a subscriber that is behind. */
export const LINGER_MS = 30_000;

/** Why an endpoint can never be bound as it is written; whatever else there is may pass. */
const LASTING: readonly unknown[] = ["EINVAL", "EPROTONOSUPPORT", "ENOCOMPATPROTO", "EACCES"];

/** One endpoint, and who hears it. */
export interface EndpointState {
  /** As bound, with its port. */
  endpoint: string;
  /** Which message an event becomes here. */
  format: EventFormat;
  /** Subscriptions there are. */
  subscribers: number;
  /** Subscriptions that ever began. */
  joined: number;
  /** Subscriptions that have ended. */
  left: number;
  /** Events that were not delivered to all of them, as far as ZeroMQ tells: at least so many. */
  undelivered: number;
}

/**
 * The ZeroMQ socket of one endpoint. It is an XPUB, which is a PUB that tells of subscriptions.
 *
 * ZeroMQ keeps a number of messages for each subscriber. When that queue is full the message is
 * dropped for this subscriber, and counted as undelivered; the others get it. From then on ZeroMQ
 * drops, and does not tell, until the subscriber has read half of its queue. So `undelivered` is a
 * lower bound: it is 0 as long as everything was delivered, and how much a subscriber lacks it
 * knows by the gaps in the event numbers.
 */
export class PublishingSocket implements AsyncDisposable {
  readonly state: EndpointState;
  readonly #socket: XPublisher;
  readonly #wakeup = new Wakeup();
  #following = Promise.resolve();

  private constructor(socket: XPublisher, endpoint: string, format: EventFormat) {
    this.#socket = socket;
    this.state = { endpoint, format, subscribers: 0, joined: 0, left: 0, undelivered: 0 };
  }

  /**
   * Binds an endpoint.
   *
   * @param endpoint such as `tcp://127.0.0.101:5555`; port `*` for any free one
   * @param format of the messages that will be sent
   * @param maxSubscriberMessages kept for a subscriber that is behind
   * @param lingerMs how long it goes on delivering when it has been closed
   * @throws {UnavailableError} when it is in use, or not this host's yet
   * @throws {ConfigurationError} when it may not be bound, or is none
   */
  static async bind(
    endpoint: string,
    format: EventFormat,
    maxSubscriberMessages: number,
    lingerMs: number,
  ): Promise<PublishingSocket> {
    const { XPublisher } = await import("zeromq");
    const socket = new XPublisher({
      sendHighWaterMark: maxSubscriberMessages,
      sendTimeout: 0,
      // Under Deno a receive that waits may miss what wakes it: it is tried now and then instead.
      receiveTimeout: 0,
      linger: lingerMs,
      noDrop: true,
    });
    socket.verbosity = "allSubsUnsubs";
    try {
      await socket.bind(endpoint);
    } catch (error) {
      socket.close();
      const { why, code } = reasonFor(error);
      const message = `cannot publish on ${endpoint}: ${why}`;
      const details = { code, fields: { endpoint } };
      const isLasting = LASTING.includes((error as { code?: unknown }).code);
      throw isLasting
        ? new ConfigurationError(message, details)
        : new UnavailableError(message, details);
    }
    return new PublishingSocket(socket, socket.lastEndpoint ?? endpoint, format);
  }

  /**
   * Counts subscriptions until it is closed. They are not connections: a subscription is heard of
   * from its message on.
   *
   * @param onChange told of each that begins or ends
   * @param onFailure told why it cannot go on
   */
  follow(onChange: (kind: "joined" | "left") => void, onFailure: (error: unknown) => void): void {
    this.#following = this.#followSubscribers(onChange).catch(onFailure);
  }

  /**
   * Hands a message to ZeroMQ for all subscribers; one at a time.
   *
   * @param message its memory must not change any more
   * @returns false when a subscriber's queue was full, and it does not get the message
   */
  async send(message: Uint8Array): Promise<boolean> {
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

  /** The TCP port that is bound; undefined where it is no TCP. */
  get tcpPort(): number | undefined {
    const [, port] = /^tcp:\/\/.*:(\d+)$/.exec(this.state.endpoint) ?? [];
    return port === undefined ? undefined : Number(port);
  }

  /** Gives up what has not been delivered: at least so many messages. */
  giveUp(messages: number): void {
    this.state.undelivered += messages;
    this.#socket.linger = 0;
  }

  /** Closes; ZeroMQ delivers what it has for up to 30 s more. */
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
    for (let taken = 0; !this.#socket.closed;) {
      try {
        const message = itemAt(await this.#socket.receive(), 0);
        if (++taken % SUBSCRIPTIONS_PER_TURN === 0) {
          await new Promise<void>((resolve) => void setImmediate(resolve));
        }
        if (message[0] !== SUBSCRIBE && message[0] !== UNSUBSCRIBE) continue;
        const kind = message[0] === SUBSCRIBE ? "joined" : "left";
        this.state[kind]++;
        this.state.subscribers += kind === "joined" ? 1 : -1;
        onChange(kind);
      } catch (error) {
        if (this.#socket.closed) return;
        if (!isAgain(error)) throw error;
        await this.#wakeup.sleep(FOLLOW_MS);
      }
    }
  }

  /** It takes effect at once, though zeromq warns that it would not. */
  #setNoDrop(noDrop: boolean): void {
    withoutWarnings(() => this.#socket.noDrop = noDrop);
  }
}

function isAgain(error: unknown): boolean {
  return (error as { code?: string }).code === "EAGAIN";
}

function reasonFor(error: unknown): { why: string } & Particulars {
  const reason = messageOf(error);
  if (/in use/i.test(reason)) {
    return {
      why: "address in use; is another ssdaq daemon running? stop it, or take another",
      code: "publisher.inUse",
    };
  }
  if (/assign|no such device/i.test(reason)) {
    return {
      why: "this host has no such address; take one of `ip address`, or tcp://*:PORT for all",
    };
  }
  return { why: reason };
}
