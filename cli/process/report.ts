/**
 * What a supervisor and the processes that it started say to each other: a line of JSON each, over a
 * connection that the process makes to the place in {@linkcode REPORT_VARIABLE}.
 *
 * ```
 * {"key":"4f..."}                                the process: which it is, first of all
 * {"listening":true}                             a daemon: packets are received from now on
 * {"unheardMs":1250,"unheardTotalMs":1250}       to a daemon: for how long none had been
 * {"ready":{"publish":[{"endpoint":"tcp://127.0.0.1:5555","format":"event"}]}}
 * {"alive":"5 800 events","unhealthy":["disk: ..."]}   once a second, from its main loop
 * {"alive":"...","stuck":"acquisition: ..."}     it runs, but does not do its work
 * {"drain":{"stayMs":400000}}                    to a daemon: acquire no more, but serve on
 * {"drained":true}                               it has, and serves on until SIGTERM
 * {"done":"it has stored its 20 events"}         a limit of its own is reached: not to be restarted
 * {"ending":true}                                it says no more
 * ```
 *
 * Logs are for people; nothing is read from them.
 *
 * @module
 */

import type { EventFormat } from "../../lib/wire/event.ts";

/** Holds where to report: `unix:KEY:PATH`, or `tcp:KEY:PORT` of 127.0.0.1. */
export const REPORT_VARIABLE = "SSDAQ_SUPERVISOR_REPORTS";

/** How often a process says that it lives. */
export const ALIVE_MS = 1000;

/** The longest line that is taken for one. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/** What a process says once it does what it was started for. */
export interface Ready {
  /** Where a daemon publishes. */
  publish?: { endpoint: string; format: EventFormat }[];
  /** Where a daemon's control port is. */
  control?: string | undefined;
}

/** How a process is. */
export interface Life {
  /** What it does now, in a line. */
  alive: string;
  /** What is wrong, though it goes on. */
  unhealthy?: readonly string[] | undefined;
  /** Why it does not do its work any more: as if it had said nothing. */
  stuck?: string | undefined;
}

/** What a process says to its supervisor. */
export interface Report extends Partial<Life> {
  key?: string;
  listening?: true;
  ready?: Ready;
  drained?: true;
  /** Why its work is done, though nobody asked it to end. */
  done?: string;
  ending?: true;
}

/** What a supervisor says to a process. */
export interface Order {
  /** For how long nobody had listened before this daemon did, ms. */
  unheardMs?: number;
  /** The same, of all the times since the supervisor was started. */
  unheardTotalMs?: number;
  /** Acquire no more, publish what there is, and serve on for at most so long. */
  drain?: { stayMs: number };
}

/** The bytes of a line. */
export function encodeLine(message: Report | Order): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/**
 * The messages on a connection, until it ends. What is no object of JSON is left out; a line over
 * 64 KiB ends it.
 */
export async function* messagesOf(connection: Deno.Conn): AsyncGenerator<Report & Order> {
  let rest = "";
  for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = objectIn(line);
      if (message !== undefined) yield message;
    }
    if (rest.length > MAX_LINE_CHARACTERS) return;
  }
}

/** Writes lines one after the other. */
export class LineWriter {
  readonly #connection: Deno.Conn;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Lines that the other side has not taken yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when all lines have been taken, or the other side has gone. */
  flush(): Promise<void> {
    return this.#last;
  }

  /** Writes a line; that the other side has gone is for who reads to see. */
  write(message: Report | Order): void {
    this.#waiting++;
    this.#last = this.#last.then(() => this.#write(encodeLine(message)))
      .catch(() => {})
      .finally(() => this.#waiting--);
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }
}

function objectIn(line: string): Report & Order | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
