import type { CameraEvent } from "./event.ts";
import type { Listener } from "./listener/listener.ts";
import type { EventWriter } from "./writer/event_writer.ts";

/** How often the writer is asked to do what is due. */
const TICK_MS = 200;

/** After the signal, recording ends when nothing has come for so long. */
const IDLE_MS = 250;

/** After the signal, recording ends at the latest after so long. */
const DRAIN_MS = 2000;

/** A timer for longer than this would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When a {@linkcode Recorder} ends by itself. */
export interface RecorderLimits {
  /** Events to store. @default no limit */
  events?: number;
  /** Time to record, ms. @default no limit */
  durationMs?: number;
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
  /** Rows there were before, in a file that is gone on with. */
  readonly #rowsBefore: number;
  #failure: { reason: unknown } | undefined;
  #last: { event: CameraEvent; storedMs: number } | undefined;

  /** The listener stays the caller's to close; `stored` is counted in its ledger. */
  constructor(listener: Listener, writer: EventWriter) {
    this.#listener = listener;
    this.#writer = writer;
    this.#rowsBefore = writer.rows;
  }

  /** The event that was stored last; undefined before the first. */
  get last(): LastStored | undefined {
    if (this.#last === undefined) return undefined;
    const { event, storedMs } = this.#last;
    const receivedSeconds = Number(event.receiveSeconds) + event.receiveNanoseconds / 1e9;
    return { storedMs, lagSeconds: (performance.timeOrigin + storedMs) / 1000 - receivedSeconds };
  }

  /**
   * Records until a limit is reached or the signal aborts; then what is on its way is stored too,
   * and the file is closed. When writing fails, what is in no file is counted as `unstored`.
   *
   * @throws {OperationError} when listening or writing has failed
   */
  async run(signal: AbortSignal, limits: RecorderLimits = {}): Promise<void> {
    const { events = Infinity, durationMs } = limits;
    const listener = this.#listener;
    const { recorder } = listener.ledger;
    const drain = () => listener.endWhenIdle(IDLE_MS, DRAIN_MS);
    if (signal.aborted) drain();
    else signal.addEventListener("abort", drain, { once: true });
    const ticks = setInterval(() => this.#tick(), TICK_MS);
    const endMs = performance.now() + (durationMs ?? Infinity);
    let end: ReturnType<typeof setTimeout> | undefined;
    const endWhenDue = () => {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) void listener.close();
      else end = setTimeout(endWhenDue, Math.min(leftMs, MAX_TIMER_MS));
    };
    if (durationMs !== undefined) endWhenDue();
    try {
      for await (const event of listener) {
        const storedMs = performance.now();
        this.#writer.write([event], storedMs);
        recorder.stored++;
        this.#last = { event, storedMs };
        if (recorder.stored >= events) break;
      }
      if (this.#failure !== undefined) throw this.#failure.reason;
      await this.#writer.close();
    } catch (error) {
      recorder.stored = this.#writer.rows - this.#rowsBefore;
      const { heard, filled, duplicate, stored } = recorder;
      recorder.unstored = heard + filled - duplicate - stored;
      throw error;
    } finally {
      clearInterval(ticks);
      clearTimeout(end);
      signal.removeEventListener("abort", drain);
    }
  }

  /** A failure here ends the listening, and is thrown where that ends. */
  #tick(): void {
    if (this.#failure !== undefined) return;
    try {
      this.#writer.tick(performance.now());
    } catch (reason) {
      this.#failure = { reason };
      void this.#listener.close();
    }
  }
}
