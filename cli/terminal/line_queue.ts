import { reasonOf } from "../../lib/errors.ts";
import { within } from "../../lib/time/within.ts";

/** The reason for dropped lines when no other is known. */
const UNREAD = "no program read them";

/** The options of a {@linkcode LineQueue}. */
export interface LineQueueOptions {
  /** Writes text, and settles when it is written; never called twice at the same time. */
  write: (text: string) => Promise<void>;
  /** The line with the number of lines dropped before it, and the reason; ends with a newline. */
  notice: (count: number, reason: string) => string;
  /** Changes lines when they are written. @default no change */
  dress?: (lines: string) => string;
  /** Largest length of text that waits or is being written, UTF-16 units. @default 65536 */
  maxLength?: number;
}

/**
 * Lines for an output that may be blocked: a stopped terminal, a full disk.
 *
 * Pushing never waits and never throws. When the queue is full, new lines are dropped. Lines that
 * cannot be written are dropped too. Dropped lines are counted, and the next written line is
 * preceded by their count.
 */
export class LineQueue {
  readonly #options: LineQueueOptions;
  readonly #maxLength: number;
  #lines: string[] = [];
  /** Length of the text that waits or is being written. */
  #length = 0;
  /** Lines that wait or are being written, without notices. */
  #unwritten = 0;
  #dropped = 0;
  #unreported = 0;
  #reason = UNREAD;
  /** Dropped lines that a waiting notice reports. */
  #reported = 0;
  #isStale = false;
  #writing: Promise<void> | undefined;

  constructor(options: LineQueueOptions) {
    this.#options = options;
    this.#maxLength = options.maxLength ?? 65_536;
  }

  /** Lines that will never be written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines that are not written yet. */
  get waiting(): number {
    return this.#unwritten;
  }

  /** Adds a line, which ends with a newline; or counts it as dropped. */
  push(line: string): void {
    const notice = this.#unreported === 0
      ? ""
      : this.#options.notice(this.#unreported, this.#reason);
    const length = notice.length + line.length;
    if (this.#length > 0 && this.#length + length > this.#maxLength) {
      this.#drop(1, UNREAD);
      return;
    }
    if (notice !== "") this.#addNotice(notice);
    this.#lines.push(line);
    this.#length += line.length;
    this.#unwritten++;
    this.#start();
  }

  /** Calls `dress` again, even without a new line. */
  refresh(): void {
    this.#isStale = true;
    this.#start();
  }

  /** Waits until all is written, for a limited time; returns whether it is. */
  async flush(atMostMs: number): Promise<boolean> {
    if (this.#writing === undefined) return true;
    return await within(atMostMs, this.#writing);
  }

  #start(): void {
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { write, notice, dress = (lines) => lines } = this.#options;
    // Successive lines are written together.
    await Promise.resolve();
    while (this.#lines.length > 0 || this.#isStale) {
      const text = this.#lines.join("");
      const count = this.#unwritten;
      const reported = this.#reported;
      this.#lines = [];
      this.#reported = 0;
      this.#isStale = false;
      let failure: string | undefined;
      try {
        await write(dress(text));
      } catch (error) {
        failure = reasonOf(error);
      }
      this.#length -= text.length;
      this.#unwritten -= count;
      if (failure !== undefined) {
        this.#unreported += reported;
        this.#drop(count, failure);
      } else if (this.#unreported > 0 && this.#lines.length === 0) {
        // The output is not blocked any more.
        this.#addNotice(notice(this.#unreported, this.#reason));
      }
    }
    this.#writing = undefined;
  }

  #addNotice(notice: string): void {
    this.#reported += this.#unreported;
    this.#unreported = 0;
    this.#lines.push(notice);
    this.#length += notice.length;
  }

  #drop(count: number, reason: string): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#unreported += count;
    this.#reason = reason;
  }
}
