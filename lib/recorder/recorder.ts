import type { Listener } from "../listener/listener.ts";
import type { EventWriter } from "../recording/write/event_writer.ts";
import { stoppingPoint } from "../stopping_point.ts";
import { unixNowMs, type WallClock } from "../time/wall_clock.ts";
import type { CameraEvent } from "../wire/event.ts";

/** How often the writer does what is due. */
const TICK_MS = 200;

/** A timer for longer than this would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When a {@linkcode Recorder} ends by itself. */
export interface RecorderLimits {
  /** Number of events to store. @default no limit */
  events?: number | undefined;
  /** Time to record, ms. @default no limit */
  durationMs?: number | undefined;
  /**
   * After it aborts, no event is stored. What was published before is read and counted as
   * `unstored`, and gaps are not filled.
   * @default never
   */
  hurry?: AbortSignal | undefined;
}

/** The last stored event. */
export interface LastStored {
  /** When it was stored, monotonic ms. */
  storedMs: number;
  /** Time from the arrival of its first packet until it was stored, wall clock. */
  lagSeconds: number;
}

/** The recorder's main loop: the writer stores what the listener receives. */
export class Recorder {
  readonly #listener: Listener;
  readonly #writer: EventWriter;
  /** Rows that a continued file had before. */
  readonly #rowsBefore: number;
  #failure: { reason: unknown } | undefined;
  #last: { event: CameraEvent; storedMs: number; storedUnixMs: number } | undefined;
  readonly #unixNowMs: WallClock;

  /**
   * The caller closes the listener. `stored` is counted in its ledger.
   *
   * @param wallClock measures how late events are stored
   */
  constructor(listener: Listener, writer: EventWriter, wallClock: WallClock = unixNowMs) {
    this.#listener = listener;
    this.#writer = writer;
    this.#unixNowMs = wallClock;
    this.#rowsBefore = writer.rows;
  }

  /** The last stored event; undefined before the first. */
  get last(): LastStored | undefined {
    if (this.#last === undefined) return undefined;
    const { event, storedMs, storedUnixMs } = this.#last;
    const receivedSeconds = Number(event.receiveSeconds) + event.receiveNanoseconds / 1e9;
    return { storedMs, lagSeconds: storedUnixMs / 1000 - receivedSeconds };
  }

  /**
   * Records until a limit is reached or the signal aborts. Then it stores everything that was
   * published before, however long that takes, and closes the file. Events that are in no file
   * because writing failed, or because of `hurry`, are counted as `unstored`.
   *
   * @throws {OperationError} if listening or writing has failed
   */
  async run(signal: AbortSignal, limits: RecorderLimits = {}): Promise<void> {
    const { events = Infinity, durationMs, hurry } = limits;
    const listener = this.#listener;
    const { recorder } = listener.ledger;
    using disposal = new DisposableStack();
    const onAbort = (asked: AbortSignal | undefined, action: () => void) => {
      if (asked?.aborted) action();
      asked?.addEventListener("abort", action, { once: true });
      disposal.defer(() => asked?.removeEventListener("abort", action));
    };
    onAbort(signal, () => listener.end());
    onAbort(hurry, () => listener.end({ fill: false }));
    const ticks = setInterval(() => this.#tick(), TICK_MS);
    disposal.defer(() => clearInterval(ticks));
    const endMs = performance.now() + (durationMs ?? Infinity);
    let end: ReturnType<typeof setTimeout> | undefined;
    const endWhenDue = () => {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) listener.end();
      else end = setTimeout(endWhenDue, Math.min(leftMs, MAX_TIMER_MS));
    };
    if (durationMs !== undefined) endWhenDue();
    disposal.defer(() => clearTimeout(end));
    try {
      for await (const event of listener) {
        if (this.#failure !== undefined) throw this.#failure.reason;
        if (hurry?.aborted) {
          recorder.unstored++;
          continue;
        }
        this.#store(event);
        if (recorder.stored >= events) break;
      }
      if (this.#failure !== undefined) throw this.#failure.reason;
      await this.#writer.close();
    } catch (error) {
      await this.#countUnstored();
      throw error;
    }
  }

  #store(event: CameraEvent): void {
    const storedMs = performance.now();
    stoppingPoint("recorder.received");
    this.#writer.write([event], storedMs);
    stoppingPoint("recorder.stored");
    this.#listener.ledger.recorder.stored++;
    this.#last = { event, storedMs, storedUnixMs: this.#unixNowMs() };
  }

  /** After a failure: counts events that had been published but are in no file. */
  async #countUnstored(): Promise<void> {
    const { recorder } = this.#listener.ledger;
    this.#listener.end({ fill: false });
    try {
      for await (const _ of this.#listener);
    } catch {
      // It does not matter if listening failed too: received events are counted.
    }
    // Rows from before may be gone too.
    recorder.stored = Math.max(0, this.#writer.rows - this.#rowsBefore);
    const { heard, filled, duplicate, stored } = recorder;
    recorder.unstored = heard + filled - duplicate - stored;
  }

  /** A failure here is thrown with the next event, or at the end. */
  #tick(): void {
    if (this.#failure !== undefined) return;
    try {
      this.#writer.tick(performance.now());
    } catch (reason) {
      this.#failure = { reason };
      this.#listener.end({ fill: false });
    }
  }
}
