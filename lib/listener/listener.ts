import type { XSubscriber } from "zeromq";
import { Complaints } from "../complaints.ts";
import { ConfigurationError, messageOf, OperationError } from "../errors.ts";
import { itemAt } from "../item_at.ts";
import { newRecorderLedger, type RecorderLedger } from "../ledger/ledger.ts";
import { loadZeromq } from "../load_zeromq.ts";
import { type Log, StageLog } from "../notice.ts";
import type { EventSource } from "../replay/event_source.ts";
import { Turns } from "../time/turns.ts";
import { Wakeup } from "../time/wakeup.ts";
import type { CameraEvent } from "../wire/event.ts";
import type { LastEvent } from "../wire/run_id.ts";
import { ConnectionRevival } from "./connection_revival.ts";
import { EndpointNames } from "./endpoint_names.ts";
import { EventIntake } from "./event_intake.ts";
import { EventSequence } from "./event_sequence.ts";
import { GapFiller } from "./gap_filler.ts";
import { MAX_FRAME_BYTES, MAX_WAITING_EVENTS } from "./memory_budget.ts";
import { followPeers, type PeerChange } from "./peers.ts";
import { UntakenBytes } from "./untaken_bytes.ts";

/** How long the listener sleeps when there is no message. */
const POLL_MS = 1;

/** With a source: if nothing is received for this time, the source is asked for new events. */
const CATCH_UP_MS = 1000;

/**
 * At the end: it stops after this time without a message. By then everything a publisher has sent
 * is here.
 */
const IDLE_MS = 250;

/** The subscription message for all topics. ZeroMQ keeps the memory that it gets. */
const subscribe = () => Uint8Array.of(1);
const unsubscribe = () => Uint8Array.of(0);

/** Maximum number of messages taken without a pause: under a millisecond. */
const RECEIVES_PER_TURN = 64;

/** How often it is checked that no message without an end is received. */
const UNTAKEN_MS = 20;

/** This many times in 10 s, the log tells that a publisher was connected or lost. */
const MAX_CHANGES_LOGGED = 8;

/** After so many lost connections the log tells what to check. */
const MANY_LOST = 3;

/** Options of a {@linkcode Listener}. */
export interface ListenerOptions {
  /** ZeroMQ endpoints to connect to. It waits for an endpoint that is not bound yet. */
  endpoints: readonly string[];
  /** Stops the listener at once. @default never */
  signal?: AbortSignal;
  /** Maximum number of events that ZeroMQ keeps until they are taken. @default 8192, 139 MB */
  maxWaitingEvents?: number;
  /** The last stored event of each run, to continue a recording. @default none */
  after?: readonly LastEvent[] | undefined;
  /**
   * Source for events that were not received, from the first event of the current run on. With it,
   * all events come once and in order; those that the source no longer has are missed.
   * @default none
   */
  source?: EventSource | undefined;
  /** The ledger to count in. @default a new one */
  ledger?: RecorderLedger;
  /** Gets notices of connections made and lost. @default none */
  log?: Log;
}

/**
 * Receives events: all four kinds of message, from one or several publishers.
 *
 * Refused messages, repeated events and gaps in the event numbers are counted in the ledger. If
 * events are not taken fast enough, ZeroMQ drops new ones, and they count as missed.
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
  /** The counters. The code that stores events counts `stored`. */
  readonly ledger: RecorderLedger;
  readonly #socket: XSubscriber;
  readonly #signal: AbortSignal | undefined;
  readonly #intake: EventIntake;
  readonly #filler: GapFiller | undefined;
  /** Accepted events that the iterating code has not taken yet. */
  readonly #accepted: CameraEvent[] = [];
  readonly #filling = new AbortController();
  readonly #peers: Promise<void>;
  #connections = 0;
  #lost = 0;
  /** When {@linkcode Listener.end} was called. */
  #endedMs = 0;
  #failure: OperationError | undefined;
  readonly #turns = new Turns();
  #receivedInTurn = 0;
  #unsubscribing: Promise<void> | undefined;
  /** The first time is at once, because a run may be over before the listener starts. */
  #nextCatchUpMs = 0;
  readonly #untaken: ReturnType<typeof UntakenBytes.join>;
  readonly #untakenWakeup = new Wakeup();
  readonly #watching: Promise<void>;
  readonly #changes: Complaints<string>;
  readonly #revival: ConnectionRevival;
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
    this.#changes = new Complaints(stageLog, MAX_CHANGES_LOGGED);
    const names = new EndpointNames(options.endpoints);
    this.#revival = new ConnectionRevival((endpoint) => this.#connectAgain(endpoint));
    const onChange = ({ kind, address, count }: PeerChange) => {
      this.#connections = count;
      const named = names.of(address, (endpoint) => this.#revival.isAwaited(endpoint));
      if (kind === "left" || kind === "failed") this.#revival.lost(itemAt(named, 0));
      else for (const endpoint of named) this.#revival.trying(endpoint);
      if (kind === "trying" || kind === "failed") return;
      const fields = { address };
      const notice = kind === "joined"
        ? { level: "info" as const, text: `connected to ${address}`, fields }
        : { level: "warning" as const, text: this.#lostText(address), fields };
      this.#changes.complain(`${kind} ${address}`, performance.now(), () => notice);
    };
    this.#peers = followPeers(socket.events, () => socket.closed, onChange)
      .catch((error) => this.#fail(error));
    const ports = options.endpoints.flatMap((endpoint) => {
      const port = /^tcp:\/\/.*:(\d+)$/.exec(endpoint)?.[1];
      return port === undefined ? [] : [Number(port)];
    });
    this.#untaken = UntakenBytes.join(new Set(ports), () => !socket.closed && socket.readable);
    this.#watching = this.#watch().catch((error) => this.#fail(error));
  }

  /**
   * Subscribes to all events of the endpoints.
   *
   * @throws {ConfigurationError} if an endpoint is invalid, or there is none
   * @throws {OperationError} if ZeroMQ cannot be loaded, or does not give a socket
   */
  static async connect(options: ListenerOptions): Promise<Listener> {
    const { endpoints, maxWaitingEvents = MAX_WAITING_EVENTS } = options;
    if (endpoints.length === 0) throw new ConfigurationError("no endpoint to listen to: give one");
    const zeromq = await loadZeromq();
    // Not a SUB: a SUB drops its waiting messages when it unsubscribes.
    const socket = opened(() =>
      new zeromq.XSubscriber({
        receiveHighWaterMark: maxWaitingEvents,
        maxMessageSize: MAX_FRAME_BYTES,
        // Under Deno, a waiting receive sleeps for ever after a publisher has gone, and a timeout
        // above 0 crashes the process. So it never waits, and tries again a little later.
        receiveTimeout: 0,
        linger: 0,
        // Only where it is needed: names then have IPv6 addresses first.
        ipv6: endpoints.some((endpoint) => endpoint.includes("[")),
      })
    );
    // Created before connecting: its monitor would miss earlier changes.
    let listener: Listener;
    try {
      listener = new Listener(socket, options);
    } catch (error) {
      socket.close();
      throw cannotListen(error);
    }
    try {
      await socket.send(subscribe()).catch((error) => {
        throw cannotListen(error);
      });
      // If it has failed meanwhile, whoever iterates is told so.
      if (!socket.closed) { for (const endpoint of endpoints) connect(socket, endpoint); }
    } catch (error) {
      await listener.close();
      throw error;
    }
    if (options.signal?.aborted) await listener.close();
    return listener;
  }

  /** Number of connected publishers. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Ends listening after everything published until now was received. From now on publishers send
   * nothing more. What they have sent is still read, however long the caller takes. Then the rest
   * of the source's events follows.
   *
   * @param options.fill whether the source is still asked; later calls can only turn it off
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
   * The events in order of arrival, each once.
   *
   * @throws {OperationError} if listening has failed
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CameraEvent, void, void> {
    yield* this.#passOn();
    for (;;) {
      const message = await this.#receive();
      if (this.#failure !== undefined) throw this.#failure;
      if (message === "closed") return;
      if (message instanceof Uint8Array) {
        this.#accepted.push(...this.#intake.read(message, performance.now()));
        yield* this.#passOn();
        continue;
      }
      const nowMs = message === "ending" ? Infinity : performance.now();
      this.#accepted.push(...this.#intake.release(nowMs));
      yield* this.#passOn();
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

  /** Events that were received and accepted, each after the events missing before it. */
  async *#passOn(): AsyncGenerator<CameraEvent> {
    // The event stays in the list until the caller wants the next one: the caller may stop here.
    for (let event; (event = this.#accepted.at(0)) !== undefined;) {
      if (this.#filler !== undefined) {
        yield* this.#filler.before(event, performance.now(), this.#filling.signal);
      }
      this.#accepted.shift();
      if (this.#intake.isNew(event)) yield event;
    }
  }

  /** Stops listening. Running iterations end. */
  async close(): Promise<void> {
    this.#filling.abort();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (!this.#socket.closed) this.#socket.close();
    this.#revival[Symbol.dispose]();
    this.#untakenWakeup.wake();
    await this.#unsubscribing;
    await this.#peers;
    await this.#watching;
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
        const frames = await this.#socket.receive();
        this.#untaken?.all.take(frames);
        const message = itemAt(frames, 0);
        this.#nextCatchUpMs = performance.now() + CATCH_UP_MS;
        return message;
      } catch (error) {
        const gone = (error as { code?: string }).code === "EAGAIN";
        if (!gone && !this.#socket.closed) this.#fail(error);
      }
    }
    return "closed";
  }

  #connectAgain(endpoint: string): void {
    if (this.#socket.closed || this.#unsubscribing !== undefined) return;
    try {
      this.#socket.disconnect(endpoint);
    } catch {
      // ZeroMQ has forgotten the endpoint.
    }
    try {
      this.#socket.connect(endpoint);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #watch(): Promise<void> {
    if (this.#untaken === undefined) return;
    const { all, leave } = this.#untaken;
    try {
      while (!this.#socket.closed) {
        const peer = all.look(performance.now());
        if (peer !== undefined) this.#tellEndless(peer);
        await this.#untakenWakeup.sleep(UNTAKEN_MS);
      }
    } finally {
      leave();
    }
  }

  /** Losing it again and again is no accident: ZeroMQ does not tell why it ended a connection. */
  #lostText(address: string): string {
    const times = ++this.#lost;
    return `lost ${address}; trying again` + (times < MANY_LOST ? "" : "; if this goes on, " +
      "check its port: a publisher of ssdaq sends no frame above " + `${MAX_FRAME_BYTES} bytes`);
  }

  #tellEndless(peer: string): void {
    this.#changes.complain(`endless ${peer}`, performance.now(), () => ({
      level: "warning",
      text: `${peer} sends a message without an end: it was disconnected; it does not publish ` +
        "events of ssdaq: check its port",
      fields: { peer },
    }));
  }

  #fail(error: unknown): void {
    this.#failure = cannotListen(error);
    if (!this.#socket.closed) this.#socket.close();
  }
}

/** Makes a socket. ZeroMQ has none when the process has too many files open. */
function opened(make: () => XSubscriber): XSubscriber {
  try {
    return make();
  } catch (error) {
    throw cannotListen(error);
  }
}

function cannotListen(error: unknown): OperationError {
  return new OperationError(`cannot listen: ${messageOf(error)}`, { cause: error });
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
