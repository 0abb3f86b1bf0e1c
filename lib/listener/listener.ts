import { setImmediate } from "node:timers";
import type { Subscriber } from "zeromq";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import type { CameraEvent } from "../event.ts";
import { newRecorderLedger, type RecorderLedger } from "../ledger.ts";
import { followPeers, type PeerChange } from "../peers.ts";
import { EventIntake } from "./event_intake.ts";
import { EventSequence } from "./event_sequence.ts";
import type { EventSource } from "./event_source.ts";
import { GapFiller } from "./gap_filler.ts";

/** How long a listener that has heard everything sleeps before it looks again. */
const POLL_MS = 1;

/** With a source, how long nothing is heard until it is asked whether there is anything new. */
const CATCH_UP_MS = 1000;

/** Messages taken without a pause: under a millisecond. */
const RECEIVES_PER_TURN = 64;

/** What a {@linkcode Listener} listens to. */
export interface ListenerOptions {
  /** ZeroMQ endpoints to connect to; one that nobody has bound yet is waited for. */
  endpoints: readonly string[];
  /** Ends the listening at once. @default never */
  signal?: AbortSignal;
  /** Events that ZeroMQ keeps until they are taken, at most. @default 8192, 139 MB */
  maxWaitingEvents?: number;
  /** The last number stored already of each run, when a recording goes on. @default none */
  after?: ReadonlyMap<bigint, bigint>;
  /**
   * Where what is not heard is fetched from, from the first event of the run under way on: then all
   * events come once and in order, and what is no longer there is missed. @default nowhere
   */
  source?: EventSource;
  /** Where to count. @default a ledger of its own */
  ledger?: RecorderLedger;
  /** Told of connections made and lost. @default nobody is */
  log?: (line: string) => void;
}

/**
 * Hears events: all four messages that there are, of one or several publishers.
 *
 * Refused messages, repeated events and gaps in the event numbers are counted in the ledger. When
 * events are not taken fast enough, ZeroMQ drops new ones, and they show as missed.
 *
 * @example
 * ```ts
 * import { Listener } from "@ssdaq/ssdaq";
 *
 * const signal = AbortSignal.timeout(100);
 * const endpoints = ["tcp://127.0.0.101:5555"];
 * await using listener = await Listener.connect({ endpoints, signal });
 * for await (const event of listener) {
 *   console.log(event.number, event.timestampNs, event.millivolts[0]);
 * }
 * ```
 */
export class Listener implements AsyncIterable<CameraEvent>, AsyncDisposable {
  /** The counters; `stored` is for whoever stores the events. */
  readonly ledger: RecorderLedger;
  readonly #socket: Subscriber;
  readonly #signal: AbortSignal | undefined;
  readonly #intake: EventIntake;
  readonly #filler: GapFiller | undefined;
  readonly #closing = new AbortController();
  readonly #peers: Promise<void>;
  #connections = 0;
  #heardMs = 0;
  #idleTimer: ReturnType<typeof setInterval> | undefined;
  #failure: OperationError | undefined;
  #receivedInTurn = 0;
  #ending = false;
  /** The first time at once, for a run may be over before it is listened to. */
  #nextCatchUpMs = 0;
  readonly #onAbort = () => void this.close();

  private constructor(socket: Subscriber, options: ListenerOptions) {
    const { ledger = newRecorderLedger(), signal, after, source, log = () => {} } = options;
    this.#socket = socket;
    this.ledger = ledger;
    const sequence = new EventSequence(after);
    this.#intake = new EventIntake(sequence, ledger);
    this.#filler = source && new GapFiller(sequence, source, ledger);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    const onChange = ({ kind, address, count }: PeerChange) => {
      this.#connections = count;
      log(kind === "joined" ? `connected to ${address}` : `lost ${address}; trying again`);
    };
    this.#peers = followPeers(socket.events, () => socket.closed, onChange)
      .catch((error) => this.#fail(error));
  }

  /**
   * Subscribes to all events of the endpoints.
   *
   * @throws {ConfigurationError} when an endpoint is not one, or there is none
   */
  static async connect(options: ListenerOptions): Promise<Listener> {
    const { endpoints, maxWaitingEvents = 8192 } = options;
    if (endpoints.length === 0) throw new ConfigurationError("no endpoint to listen to: give one");
    const zeromq = await import("zeromq");
    const socket = new zeromq.Subscriber({
      receiveHighWaterMark: maxWaitingEvents,
      // Under Deno a receive that waits sleeps for ever once a publisher has gone, and a timeout
      // above 0 crashes the process: so it never waits, and is tried again a little later.
      receiveTimeout: 0,
      linger: 0,
    });
    // Made before it connects, for its monitor would miss what comes before.
    const listener = new Listener(socket, options);
    try {
      socket.subscribe();
      for (const endpoint of endpoints) connect(socket, endpoint);
    } catch (error) {
      await listener.close();
      throw error;
    }
    if (options.signal?.aborted) await listener.close();
    return listener;
  }

  /** Publishers that are connected. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Ends the listening once nothing has come for `idleMs`, so that what is on its way is still
   * heard; at the latest after `atMostMs`, for more may never cease to come. What the source has
   * then still comes.
   */
  endWhenIdle(idleMs: number, atMostMs: number): void {
    const startMs = this.#heardMs = performance.now();
    clearInterval(this.#idleTimer);
    this.#idleTimer = setInterval(() => {
      const nowMs = performance.now();
      const isIdle = nowMs - this.#heardMs >= idleMs && !this.#waits;
      if (!isIdle && nowMs - startMs < atMostMs) return;
      this.#ending = true;
      clearInterval(this.#idleTimer);
    }, Math.min(idleMs, 20));
  }

  /**
   * The events, in the order in which they come; each event once.
   *
   * @throws {OperationError} when listening has failed
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CameraEvent, void, void> {
    const { signal } = this.#closing;
    for (;;) {
      const message = await this.#receive();
      if (this.#failure !== undefined) throw this.#failure;
      if (message === "closed") return;
      if (message === "quiet" || message === "ending") {
        if (this.#filler !== undefined) yield* this.#filler.catchUp(signal);
        if (message === "ending") return await this.close();
        continue;
      }
      this.#heardMs = performance.now();
      const event = this.#intake.read(message);
      if (event === undefined) continue;
      if (this.#filler !== undefined) {
        yield* this.#filler.before(event, performance.now(), signal);
      }
      if (this.#intake.isNew(event)) yield event;
    }
  }

  /** Whether messages have come that are not taken yet. */
  get #waits(): boolean {
    return !this.#socket.closed && this.#socket.readable;
  }

  /** Stops listening; whoever iterates comes to the end. */
  async close(): Promise<void> {
    clearInterval(this.#idleTimer);
    this.#closing.abort();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (!this.#socket.closed) this.#socket.close();
    await this.#peers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The next message, or why there is none. */
  async #receive(): Promise<Uint8Array | "quiet" | "ending" | "closed"> {
    const catchUpMs = this.#filler === undefined ? Infinity : this.#nextCatchUpMs;
    while (!this.#socket.closed) {
      if (this.#ending) return "ending";
      if (this.#receivedInTurn++ === RECEIVES_PER_TURN) await this.#yield(0);
      if (!this.#socket.readable) {
        if (performance.now() >= catchUpMs) {
          this.#nextCatchUpMs = performance.now() + CATCH_UP_MS;
          return "quiet";
        }
        await this.#yield(POLL_MS);
        continue;
      }
      try {
        const [message] = await this.#socket.receive();
        this.#nextCatchUpMs = performance.now() + CATCH_UP_MS;
        return message;
      } catch (error) {
        const gone = (error as { code?: string }).code === "EAGAIN";
        if (!gone && !this.#socket.closed) this.#fail(error);
      }
    }
    return "closed";
  }

  /** Lets timers and signals have their turn. */
  async #yield(durationMs: number): Promise<void> {
    this.#receivedInTurn = 0;
    await new Promise<void>((resolve) => {
      if (durationMs === 0) setImmediate(resolve);
      else setTimeout(resolve, durationMs);
    });
  }

  #fail(error: unknown): void {
    this.#failure = new OperationError(`cannot listen: ${messageOf(error)}`);
    if (!this.#socket.closed) this.#socket.close();
  }
}

function connect(socket: Subscriber, endpoint: string): void {
  try {
    socket.connect(endpoint);
  } catch (error) {
    throw new ConfigurationError(
      `cannot listen to ${endpoint}: ${messageOf(error)}; give tcp://HOST:PORT`,
    );
  }
}
