import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** Size of the buffer for what a client sends, bytes. */
export const READ_BYTES = 4096;

/** How often a connection reads before everything else has its turn: 64 KiB. */
const READS_AT_ONCE = 16;

/** What a connection is waiting for. */
export type Phase =
  /** The client's next request. */
  | "request"
  /** The end of the request's answer. */
  | "answer"
  /** The end of a delay: its client is refused. */
  | "refusal"
  /** The end of the connection: everything was said. */
  | "end"
  /** Nothing: it is an open WebSocket. */
  | "page";

/**
 * A client's connection, as node:http wants it. It notes since when it waits for the client, so that
 * a {@linkcode Gate} can end it.
 *
 * At most 4 KiB are read at once, and only when they are asked for. What is written is handed to the
 * system piece by piece; the writer is told to wait meanwhile.
 */
export class Connection extends Duplex {
  /** The client's address. */
  readonly remoteAddress: string;
  /** Whose connection it is: see `addressGroup()`. */
  readonly group: string;
  /** Whether the client has shown the server's token. Then it is the last to be closed for others. */
  isKnown = false;
  readonly #connection: Deno.TcpConn;
  #phase: Phase = "request";
  #sinceMs: number;
  #writingSinceMs = Infinity;
  #isReading = false;
  #reads = 0;

  /** @param nowMs monotonic */
  constructor(connection: Deno.TcpConn, group: string, nowMs: number) {
    // A server may answer after its client has said everything.
    super({ allowHalfOpen: true, highWaterMark: READ_BYTES });
    this.#connection = connection;
    this.remoteAddress = connection.remoteAddr.hostname;
    this.group = group;
    this.#sinceMs = nowMs;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Begins another phase. */
  enter(phase: Phase, nowMs: number): void {
    this.#phase = phase;
    this.#sinceMs = nowMs;
  }

  /** Time in this phase, ms. */
  waitedMs(nowMs: number): number {
    return nowMs - this.#sinceMs;
  }

  /** For how long the client has taken nothing of what is written, ms. */
  stalledMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#writingSinceMs);
  }

  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    // What waits is read at once: without a rest, nothing else would run while a client floods.
    if (++this.#reads % READS_AT_ONCE === 0) setTimeout(() => this.#read(), 0);
    else this.#read();
  }

  #read(): void {
    if (this.destroyed) return;
    const bytes = new Uint8Array(READ_BYTES);
    this.#connection.read(bytes).then((read) => {
      this.#isReading = false;
      this.push(read === null ? null : Buffer.from(bytes.buffer, 0, read));
    }, (error) => {
      this.#isReading = false;
      this.destroy(error);
    });
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#write(bytes).then(() => done(), done);
  }

  /** A part of an answer comes with its length before it: one system call for all of it. */
  override _writev(
    pieces: { chunk: Uint8Array }[],
    done: (error?: Error) => void,
  ): void {
    this.#write(Buffer.concat(pieces.map(({ chunk }) => chunk))).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.enter("end", performance.now());
    // A client that has gone meanwhile is no error.
    this.#connection.closeWrite().then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    try {
      this.#connection.close();
    } catch {
      // The system has closed it.
    }
    done(error);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      this.#writingSinceMs = performance.now();
      at += await this.#connection.write(bytes.subarray(at));
    }
    this.#writingSinceMs = Infinity;
  }

  // What node:http and ws call on a socket: the gate has the time limits.

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
