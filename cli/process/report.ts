/**
 * The messages between a supervisor and its processes: one line of JSON each. The process connects to
 * the place in {@linkcode REPORT_VARIABLE}.
 *
 * ```
 * {"key":"4f..."}                                from the process, first: its key
 * {"listening":true}                             from a daemon: it receives packets from now on
 * {"unheardMs":1250,"unheardTotalMs":1250}       to a daemon: how long no daemon listened
 * {"ready":{"publish":[{"endpoint":"tcp://127.0.0.1:5555","format":"event"}]}}
 * {"alive":"5 800 events","unhealthy":["disk: ..."]}   once a second, from its main loop
 * {"alive":"...","stuck":"acquisition: ..."}     it runs, but does not do its work
 * {"drain":{"stayMs":400000}}                    to a daemon: stop acquiring, but serve on
 * {"drained":true}                               it has drained, and serves on until SIGTERM
 * {"done":"it has stored its 20 events"}         its own limit is reached: do not restart it
 * {"ending":true}                                its last message
 * ```
 *
 * Logs are for people: the supervisor gets no facts from them.
 *
 * @module
 */

import type { EventFormat } from "../../lib/wire/event.ts";

/** The variable with the place to report to: `unix:KEY:PATH`, or `tcp:KEY:PORT` of 127.0.0.1. */
export const REPORT_VARIABLE = "SSDAQ_SUPERVISOR_REPORTS";

/** How often a process reports that it is alive. */
export const ALIVE_MS = 1000;

/** The longest line that is read. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/** The report of a process that is ready. */
export interface Ready {
  /** Where the daemon publishes. */
  publish?: { endpoint: string; format: EventFormat }[];
  /** The address of the daemon's control port. */
  control?: string | undefined;
}

/** The state of a process. */
export interface Life {
  /** What it does now, in one line. */
  alive: string;
  /** What is wrong, though it works. */
  unhealthy?: readonly string[] | undefined;
  /** Why it does not do its work; counts as no report. */
  stuck?: string | undefined;
}

/** A report of a process to its supervisor. */
export interface Report extends Partial<Life> {
  key?: string;
  listening?: true;
  ready?: Ready;
  drained?: true;
  /** Why its work is done, without a request to end. */
  done?: string;
  ending?: true;
}

/** A message of a supervisor to a process. */
export interface Order {
  /** How long no daemon listened before this one, ms. */
  unheardMs?: number;
  /** The sum of these times since the supervisor started, ms. */
  unheardTotalMs?: number;
  /** Stop acquiring, publish all events, and serve on for at most this time. */
  drain?: { stayMs: number };
}

/** The bytes of a line. */
export function encodeLine(message: Report | Order): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/**
 * The messages of a connection, until it ends. Lines that are not JSON objects are ignored; a line
 * over 64 KiB ends it.
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

  /** Lines that are not written yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when all lines are written, or the connection has ended. */
  flush(): Promise<void> {
    return this.#last;
  }

  /** Writes a line. A closed connection is no error here: the reading side notices it. */
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
