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

/** A line that says that we live is left out while so many wait to be taken. */
const MAX_WAITING = 8;

/** How long a supervisor may take to hear that we end. */
const GOODBYE_MS = 1000;

/** The supervisor of this process, `ssdaq run`, which is told how it goes. */
export class Supervisor implements AsyncDisposable {
  /** Aborted when it wants no more acquired, but what there is served on. */
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
   * Connects to the supervisor that the environment names; undefined where it names none, or none
   * answers, which is told.
   *
   * @param onOrder given what it says
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
        throw new Error(`${place} is no place to report to`);
      }
      const connection = kind === "unix"
        ? await Deno.connect({ transport: "unix", path: where })
        : await Deno.connect({ hostname: "127.0.0.1", port: Number(where) });
      return new Supervisor(connection, key, onOrder);
    } catch (error) {
      new StageLog("supervisor", log).warning(
        `the supervisor cannot be told how it goes: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  /** Tells it something. */
  report(report: Report): void {
    this.#writer.write(report);
  }

  /**
   * All that was asked for is done from now on.
   *
   * @param life asked for once a second how it goes
   */
  ready(ready: Ready, life: () => Life): void {
    this.#life = life;
    this.#writer.write({ ready });
  }

  /**
   * When it wants that, stays until it says that nobody needs us any more, or has gone.
   *
   * @param signal aborted by SIGTERM, which is how it says so
   */
  async stay(signal: AbortSignal, log: Log): Promise<void> {
    if (!this.#drain.signal.aborted || signal.aborted) return;
    const stageLog = new StageLog("supervisor", log);
    stageLog.info("drained; what was published is served until the recorders have ended");
    this.#writer.write({ drained: true });
    const left = Promise.withResolvers<void>();
    const leave = () => left.resolve();
    const timer = setTimeout(() => {
      stageLog.warning(
        `nobody has said within ${this.#stayMs} ms that the recorders have ended: leaving`,
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
    // A supervisor that stands still takes nothing: what waits for it is bounded.
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
      // It has gone; then this process is to drain and end, which Interruption sees to.
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
