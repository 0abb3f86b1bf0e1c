import { messageOf } from "../../lib/errors.ts";
import { type Log, StageLog } from "../../lib/notice.ts";
import {
  ALIVE_MS,
  type Life,
  LineWriter,
  messagesOf,
  type Order,
  type Ready,
  type Report,
  REPORT_VARIABLE,
} from "./report.ts";

/** No alive report is added while this many lines wait. */
const MAX_WAITING = 8;

/** How long to wait until the supervisor has read the last report. */
const GOODBYE_MS = 1000;

/** The supervisor of this process, `ssdaq run`. It gets the reports. */
export class Supervisor implements AsyncDisposable {
  /** Aborted when the process must stop acquiring, but serve on. */
  readonly drain: AbortSignal;
  readonly #drain = new AbortController();
  readonly #connection: Deno.Conn;
  readonly #writer: LineWriter;
  readonly #onOrder: (order: Order) => void;
  readonly #following: Promise<void>;
  readonly #timer: ReturnType<typeof setInterval>;
  #life: () => Life = () => ({ alive: "starting" });
  #stayMs = 0;
  #closed = false;

  private constructor(connection: Deno.Conn, key: string, onOrder: (order: Order) => void) {
    this.drain = this.#drain.signal;
    this.#connection = connection;
    this.#writer = new LineWriter(connection);
    this.#onOrder = onOrder;
    this.#writer.write({ key });
    this.#following = this.#follow();
    this.#timer = setInterval(() => this.#live(), ALIVE_MS);
  }

  /**
   * Connects to the supervisor in the environment. Undefined without one, or if it does not answer,
   * which is logged.
   *
   * @param onOrder gets its messages
   */
  static async connect(
    log: Log,
    onOrder: (order: Order) => void = () => {},
  ): Promise<Supervisor | undefined> {
    const place = Deno.env.get(REPORT_VARIABLE);
    if (place === undefined) return undefined;
    const [, kind, key, where] = /^(unix|tcp):([^:]+):(.+)$/s.exec(place) ?? [];
    try {
      if (key === undefined || where === undefined) {
        throw new Error(`${place} is not a place to report to`);
      }
      const connection = kind === "unix"
        ? await Deno.connect({ transport: "unix", path: where })
        : await Deno.connect({ hostname: "127.0.0.1", port: Number(where) });
      return new Supervisor(connection, key, onOrder);
    } catch (error) {
      new StageLog("supervisor", log).warning(
        `cannot report to the supervisor: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  /** Sends a report. */
  report(report: Report): void {
    this.#writer.write(report);
  }

  /**
   * Reports that this process is ready.
   *
   * @param life gives the state, once a second
   */
  ready(ready: Ready, life: () => Life): void {
    this.#life = life;
    this.#writer.write({ ready });
  }

  /**
   * If the supervisor asked for it, stays until it says that no recorder needs this process, or until
   * the supervisor has ended.
   *
   * @param signal aborted by SIGTERM, with which the supervisor ends the stay
   */
  async stay(signal: AbortSignal, log: Log): Promise<void> {
    if (!this.#drain.signal.aborted || signal.aborted) return;
    const stageLog = new StageLog("supervisor", log);
    stageLog.info("drained; serving the published events until the recorders have ended");
    this.#writer.write({ drained: true });
    const left = Promise.withResolvers<void>();
    const leave = () => left.resolve();
    const timer = setTimeout(() => {
      stageLog.warning(
        `no message within ${this.#stayMs} ms that the recorders have ended: this process ends`,
      );
      leave();
    }, this.#stayMs);
    signal.addEventListener("abort", leave, { once: true });
    void this.#following.then(leave);
    try {
      await left.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#writer.write({ ending: true });
    const late = setTimeout(() => this.#close(), GOODBYE_MS);
    await this.#writer.flush();
    clearTimeout(late);
    this.#close();
    await this.#following;
  }

  #live(): void {
    // A stopped supervisor reads nothing: the waiting lines must be bounded.
    if (this.#writer.waiting < MAX_WAITING) this.#writer.write({ ...this.#life() });
  }

  async #follow(): Promise<void> {
    try {
      for await (const order of messagesOf(this.#connection)) {
        if (order.drain !== undefined) {
          this.#stayMs = order.drain.stayMs;
          this.#drain.abort();
        }
        this.#onOrder(order);
      }
    } catch {
      // The supervisor has ended. Interruption notices this, and this process drains and ends.
    } finally {
      this.#close();
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
