import type { XSubscriber } from "zeromq";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import type { CameraEvent } from "../wire/event.ts";
import { newRecorderLedger, type RecorderLedger } from "../ledger/ledger.ts";
import { type Log, StageLog } from "../notice.ts";
import type { LastEvent } from "../wire/run_id.ts";
import { followPeers, type PeerChange } from "./peers.ts";
import { Turns } from "../time/turns.ts";
import { EventIntake } from "./event_intake.ts";
import { EventSequence } from "./event_sequence.ts";
import type { EventSource } from "../replay/event_source.ts";
import { GapFiller } from "./gap_filler.ts";

/** How long a listener that has heard everything sleeps before it looks again. */
const POLL_MS = 1;

/** With a source, how long nothing is heard until it is asked whether there is anything new. */
const CATCH_UP_MS = 1000;

/** At the end, how long nothing may have come: what a publisher has sent is here by then. */
const IDLE_MS = 250;

/** What a subscriber sends, for all topics; ZeroMQ keeps the memory that it is given. */
const subscribe = () => Uint8Array.of(1);
const unsubscribe = () => Uint8Array.of(0);

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
  /** The last event stored already of each run, when a recording goes on. @default none */
  after?: readonly LastEvent[] | undefined;
  /**
   * Where what is not heard is fetched from, from the first event of the run under way on: then all
   * events come once and in order, and what is no longer there is missed. @default nowhere
   */
  source?: EventSource | undefined;
  /** Where to count. @default a ledger of its own */
  ledger?: RecorderLedger;
  /** Told of connections made and lost. @default nobody is */
  log?: Log;
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
  readonly #socket: XSubscriber;
  readonly #signal: AbortSignal | undefined;
  readonly #intake: EventIntake;
  readonly #filler: GapFiller | undefined;
  /** Those that whoever iterates has not come to. */
  readonly #believed: CameraEvent[] = [];
  readonly #filling = new AbortController();
  readonly #peers: Promise<void>;
  #connections = 0;
  /** When it was told to end. */
  #endedMs = 0;
  #failure: OperationError | undefined;
  readonly #turns = new Turns();
  #receivedInTurn = 0;
  #unsubscribing: Promise<void> | undefined;
  /** The first time at once, for a run may be over before it is listened to. */
  #nextCatchUpMs = 0;
  readonly #onAbort = () => void this.close();

  private constructor(socket: XSubscriber, options: ListenerOptions) {
    const { ledger = newRecorderLedger(), signal, after, source, log } = options;
    this.#socket = socket;
    this.ledger = ledger;
    const sequence = new EventSequence(after);
    this.#intake = new EventIntake(sequence, ledger);
    this.#filler = source && new GapFiller(sequence, source, ledger, { log });
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    const stageLog = new StageLog("listener", log);
    const onChange = ({ kind, address, count }: PeerChange) => {
      this.#connections = count;
      const fields = { address };
      if (kind === "joined") stageLog.info(`connected to ${address}`, { fields });
      else stageLog.warning(`lost ${address}; trying again`, { fields });
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
    // Not a SUB: that would throw away what it has when it unsubscribes.
    const socket = new zeromq.XSubscriber({
      receiveHighWaterMark: maxWaitingEvents,
      // Under Deno a receive that waits sleeps for ever once a publisher has gone, and a timeout
      // above 0 crashes the process: so it never waits, and is tried again a little later.
      receiveTimeout: 0,
      linger: 0,
    });
    // Made before it connects, for its monitor would miss what comes before.
    const listener = new Listener(socket, options);
    try {
      await socket.send(subscribe());
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
   * Ends the listening when all has been heard that is published until now: publishers send no more
   * from now on, and what they have sent is still read, however long it takes to take it. What the
   * source has then still comes.
   *
   * @param options.fill whether the source is still asked; later calls can only stop that
   * @default true
   */
  end({ fill = true }: { fill?: boolean } = {}): void {
    if (!fill) this.#filling.abort();
    if (this.#socket.closed || this.#unsubscribing !== undefined) return;
    this.#endedMs = performance.now();
    this.#unsubscribing = this.#socket.send(unsubscribe()).catch((error) => {
      if (!this.#socket.closed) this.#fail(error);
    });
  }

  /**
   * The events, in the order in which they come; each event once.
   *
   * @throws {OperationError} when listening has failed
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CameraEvent, void, void> {
    yield* this.#goOn();
    for (;;) {
      const message = await this.#receive();
      if (this.#failure !== undefined) throw this.#failure;
      if (message === "closed") return;
      if (message instanceof Uint8Array) {
        this.#believed.push(...this.#intake.read(message, performance.now()));
        yield* this.#goOn();
        continue;
      }
      const nowMs = message === "ending" ? Infinity : performance.now();
      this.#believed.push(...this.#intake.release(nowMs));
      yield* this.#goOn();
      if (message === "still") continue;
      if (this.#filler !== undefined) {
        const isLast = message === "ending";
        yield* this.#filler.catchUp(this.#filling.signal, { isLast });
      }
      if (message === "ending") {
        this.#intake.refuseHeld();
        return await this.close();
      }
    }
  }

  /** Events that were heard and are believed, each after what is missing before it. */
  async *#goOn(): AsyncGenerator<CameraEvent> {
    // It stays in the list meanwhile: whoever iterates may leave off there.
    for (let event; (event = this.#believed.at(0)) !== undefined;) {
      if (this.#filler !== undefined) {
        yield* this.#filler.before(event, performance.now(), this.#filling.signal);
      }
      this.#believed.shift();
      if (this.#intake.isNew(event)) yield event;
    }
  }

  /** Stops listening; whoever iterates comes to the end. */
  async close(): Promise<void> {
    this.#filling.abort();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (!this.#socket.closed) this.#socket.close();
    await this.#unsubscribing;
    await this.#peers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The next message, or why there is none. */
  async #receive(): Promise<Uint8Array | "still" | "quiet" | "ending" | "closed"> {
    const catchUpMs = this.#filler === undefined ? Infinity : this.#nextCatchUpMs;
    const startMs = performance.now();
    const stillMs = this.#intake.nextReleaseMs;
    while (!this.#socket.closed) {
      if (performance.now() >= stillMs) return "still";
      if (++this.#receivedInTurn === RECEIVES_PER_TURN || this.#turns.isDue) {
        this.#receivedInTurn = 0;
        await this.#turns.give();
      }
      if (!this.#socket.readable) {
        const nowMs = performance.now();
        const isIdle = nowMs - Math.max(startMs, this.#endedMs) >= IDLE_MS;
        if (this.#unsubscribing !== undefined && isIdle) return "ending";
        if (nowMs >= catchUpMs) {
          this.#nextCatchUpMs = nowMs + CATCH_UP_MS;
          return "quiet";
        }
        await this.#turns.rest(POLL_MS);
        continue;
      }
      try {
        const message = itemAt(await this.#socket.receive(), 0);
        this.#nextCatchUpMs = performance.now() + CATCH_UP_MS;
        return message;
      } catch (error) {
        const gone = (error as { code?: string }).code === "EAGAIN";
        if (!gone && !this.#socket.closed) this.#fail(error);
      }
    }
    return "closed";
  }

  #fail(error: unknown): void {
    this.#failure = new OperationError(`cannot listen: ${messageOf(error)}`);
    if (!this.#socket.closed) this.#socket.close();
  }
}

function connect(socket: XSubscriber, endpoint: string): void {
  try {
    socket.connect(endpoint);
  } catch (error) {
    throw new ConfigurationError(
      `cannot listen to ${endpoint}: ${messageOf(error)}; give tcp://HOST:PORT`,
    );
  }
}
