import type { CameraEvent } from "../wire/event.ts";
import type { Listener } from "../listener/listener.ts";
import { unixNowMs, type WallClock } from "../time/wall_clock.ts";
import type { EventWriter } from "../recording/write/event_writer.ts";

/** How often the writer is asked to do what is due. */
const TICK_MS = 200;

/** A timer for longer than this would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When a {@linkcode Recorder} ends by itself. */
export interface RecorderLimits {
  /** Events to store. @default no limit */
  events?: number | undefined;
  /** Time to record, ms. @default no limit */
  durationMs?: number | undefined;
  /**
   * After it nothing more is stored: what has been published until then is read and counted as
   * `unstored`, and gaps are not filled any more. @default never
   */
  hurry?: AbortSignal | undefined;
}

/** The event that was stored last. */
export interface LastStored {
  /** When, monotonic ms. */
  storedMs: number;
  /** How long after its first packet came, by the wall clock. */
  lagSeconds: number;
}

/** The recorder's main loop: what the listener hears, the writer stores. */
export class Recorder {
  readonly #listener: Listener;
  readonly #writer: EventWriter;
  /** Rows there were before, in a file that is continued. */
  readonly #rowsBefore: number;
  #failure: { reason: unknown } | undefined;
  #last: { event: CameraEvent; storedMs: number; storedUnixMs: number } | undefined;
  readonly #unixNowMs: WallClock;

  /**
   * The listener stays the caller's to close; `stored` is counted in its ledger.
   *
   * @param wallClock by which it is told how late events are stored
   */
  constructor(listener: Listener, writer: EventWriter, wallClock: WallClock = unixNowMs) {
    this.#listener = listener;
    this.#writer = writer;
    this.#unixNowMs = wallClock;
    this.#rowsBefore = writer.rows;
  }

  /** The event that was stored last; undefined before the first. */
  get last(): LastStored | undefined {
    if (this.#last === undefined) return undefined;
    const { event, storedMs, storedUnixMs } = this.#last;
    const receivedSeconds = Number(event.receiveSeconds) + event.receiveNanoseconds / 1e9;
    return { storedMs, lagSeconds: storedUnixMs / 1000 - receivedSeconds };
  }

  /**
   * Records until a limit is reached or the signal aborts; then what has been published until then is
   * stored too, however long that takes, and the file is closed. What is in no file because writing
   * failed, or because of `hurry`, is counted as `unstored`.
   *
   * @throws {OperationError} when listening or writing has failed
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
    this.#writer.write([event], storedMs);
    this.#listener.ledger.recorder.stored++;
    this.#last = { event, storedMs, storedUnixMs: this.#unixNowMs() };
  }

  /** After a failure: what had been published, and came or comes to no file. */
  async #countUnstored(): Promise<void> {
    const { recorder } = this.#listener.ledger;
    this.#listener.end({ fill: false });
    try {
      for await (const _ of this.#listener);
    } catch {
      // That listening has failed too changes nothing: what it heard is counted.
    }
    // What was there before may be gone too.
    recorder.stored = Math.max(0, this.#writer.rows - this.#rowsBefore);
    const { heard, filled, duplicate, stored } = recorder;
    recorder.unstored = heard + filled - duplicate - stored;
  }

  /** A failure here is thrown with the next event, or where the listening ends. */
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
