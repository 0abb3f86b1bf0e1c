import { reasonOf } from "../../lib/errors.ts";
import { within } from "../../lib/time/within.ts";

/** Why lines are dropped when nothing else is known. */
const UNREAD = "nobody read them";

/** What a {@linkcode LineQueue} is made with. */
export interface LineQueueOptions {
  /** Takes text, and settles when it is where it belongs; called anew only then. */
  write: (text: string) => Promise<void>;
  /** The line that tells how many lines were dropped before it, and why; ends with a newline. */
  notice: (count: number, reason: string) => string;
  /** Lines as they are written, at that moment. @default as they are */
  dress?: (lines: string) => string;
  /** Lines that wait or are being written, in UTF-16 units. @default 65536 */
  maxLength?: number;
}

/**
 * Lines on their way to where nobody may read them: a terminal that was stopped, a full disk.
 *
 * Whoever pushes never waits, and nothing is thrown. When the queue is full, new lines are dropped;
 * so are lines whose writing fails. They are counted, and the next line that gets through is
 * preceded by their count.
 */
export class LineQueue {
  readonly #options: LineQueueOptions;
  readonly #maxLength: number;
  #lines: string[] = [];
  /** Of what waits and what is being written. */
  #length = 0;
  /** Lines that wait or are being written, notices left out. */
  #unwritten = 0;
  #dropped = 0;
  #untold = 0;
  #reason = UNREAD;
  /** How many dropped lines a waiting notice tells of. */
  #told = 0;
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

  /** Takes a line, which ends with a newline; or counts it as dropped. */
  push(line: string): void {
    const notice = this.#untold === 0 ? "" : this.#options.notice(this.#untold, this.#reason);
    const length = notice.length + line.length;
    if (this.#length > 0 && this.#length + length > this.#maxLength) {
      this.#drop(1, UNREAD);
      return;
    }
    if (notice !== "") this.#tell(notice);
    this.#lines.push(line);
    this.#length += line.length;
    this.#unwritten++;
    this.#start();
  }

  /** Has `dress` asked again, even when there is no line. */
  refresh(): void {
    this.#isStale = true;
    this.#start();
  }

  /** Waits until all is written, but not for ever; whether it is. */
  async flush(atMostMs: number): Promise<boolean> {
    if (this.#writing === undefined) return true;
    return await within(atMostMs, this.#writing);
  }

  #start(): void {
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { write, notice, dress = (lines) => lines } = this.#options;
    // Lines that are pushed one after the other are written at once.
    await Promise.resolve();
    while (this.#lines.length > 0 || this.#isStale) {
      const text = this.#lines.join("");
      const count = this.#unwritten;
      const told = this.#told;
      this.#lines = [];
      this.#told = 0;
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
        this.#untold += told;
        this.#drop(count, failure);
      } else if (this.#untold > 0 && this.#lines.length === 0) {
        // Somebody reads again.
        this.#tell(notice(this.#untold, this.#reason));
      }
    }
    this.#writing = undefined;
  }

  #tell(notice: string): void {
    this.#told += this.#untold;
    this.#untold = 0;
    this.#lines.push(notice);
    this.#length += notice.length;
  }

  #drop(count: number, reason: string): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#untold += count;
    this.#reason = reason;
  }
}
