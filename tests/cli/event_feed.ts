import { newDaemonLedger } from "../../lib/ledger/ledger.ts";
import { Publisher } from "../../lib/publisher/publisher.ts";
import { only } from "../elements.ts";
import { makeEvent } from "../lib/recording/fixtures.ts";

/** How often events are published. */
const BATCH_MS = 10;

/** Publishes events 1, 2, 3 ... of one run without end, and knows when each was handed over. */
export class EventFeed implements AsyncDisposable {
  /** Where it publishes. */
  readonly endpoint: string;
  /** The run of the events. */
  readonly run = 7n;
  readonly #publisher: Publisher;
  readonly #timer: ReturnType<typeof setInterval>;
  /** When each event was handed over, Unix ms, by its number less 1. */
  readonly #sentMs: number[] = [];

  private constructor(publisher: Publisher, eventsPerSecond: number) {
    this.#publisher = publisher;
    this.endpoint = only(publisher.endpoints);
    const startMs = Date.now();
    this.#timer = setInterval(() => {
      const due = Math.floor((Date.now() - startMs) * eventsPerSecond / 1000);
      while (this.#sentMs.length < due) {
        publisher.publish([makeEvent(this.#sentMs.length + 1, this.run)]);
        this.#sentMs.push(Date.now());
      }
    }, BATCH_MS);
  }

  /** Starts one on a free port. */
  static async start(eventsPerSecond: number): Promise<EventFeed> {
    const endpoints = ["tcp://127.0.0.1:*"];
    const publisher = await Publisher.bind({ endpoints, lingerMs: 0 }, newDaemonLedger());
    return new EventFeed(publisher, eventsPerSecond);
  }

  /** The last event handed over by a time, Unix ms. */
  lastBefore(timeMs: number): number {
    return this.#sentMs.filter((sentMs) => sentMs <= timeMs).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#publisher.close();
  }
}
