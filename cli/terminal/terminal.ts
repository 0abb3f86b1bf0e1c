import { configureSync, getConsoleSink, type LogRecord } from "@logtape/logtape";
import { OperationError, reasonOf } from "../../lib/errors.ts";
import { type Log, type NoticeLevel, noticeLine, type Particulars } from "../../lib/notice.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { within } from "../../lib/time/within.ts";
import { adviceOn, isReadable, withAdvice } from "./advice.ts";
import { LineQueue } from "./line_queue.ts";
import { LogFile } from "./log_file.ts";
import { emit, jsonLine, recordOf, ROOT_CATEGORY, textOf } from "./log_record.ts";

const CLEAR_LINE = "\r\x1b[2K";

/** How long the last output may take at the end, ms. */
const LAST_MS = 1000;

/** How long to wait before a full non-blocking stream is tried again, ms. */
const RETRY_MS = 20;

const encoder = new TextEncoder();

/** The form of log lines, and where they are also written. */
export interface LogForm {
  /** Name of the command, in JSON. */
  command: string;
  format: "text" | "json";
  /** The lowest level that is logged. */
  level: NoticeLevel;
  /** File to append lines to; undefined or `off`: none. */
  file?: string | undefined;
}

/** Thrown when data are printed and the reader has gone: a closed pipe or terminal. */
export class OutputClosed extends Error {
  override name = "OutputClosed";
}

/**
 * The output of a command: data on stdout, log and a status line on stderr.
 *
 * The log never blocks the command, and never makes it fail. Lines for a blocked output, such as a
 * stopped terminal, wait up to 64 KiB; then new lines are dropped, as are lines that cannot be
 * written. The next written line is preceded by their number. One instance a process: all loggers
 * of the process write here.
 */
export class Terminal implements AsyncDisposable {
  /** Whether stderr is a terminal; if not, there is no status line. */
  readonly interactive: boolean;
  readonly #color: boolean;
  readonly #printsToTerminal: boolean;
  readonly #log: LineQueue;
  #status = "";
  /** The part of it that is on the screen. */
  #shownStatus = "";
  #logForm: LogForm = { command: "", format: "text", level: "info" };
  #file: { log: LogFile; lines: LineQueue } | undefined;
  #isStuck = false;

  constructor() {
    this.interactive = Deno.stderr.isTerminal();
    this.#color = this.interactive && !Deno.noColor;
    this.#printsToTerminal = Deno.stdout.isTerminal();
    this.#log = new LineQueue({
      write: (text) => writeAll(Deno.stderr, text),
      notice: (count, reason) => this.#droppedLines(count, reason).onTerminal,
      dress: (lines) => {
        const cleared = this.#shownStatus + this.#status === "" ? "" : CLEAR_LINE;
        this.#shownStatus = this.#status;
        return cleared + lines + this.#status;
      },
    });
    this.#takeLog(this.#logForm.level);
  }

  /** Log lines that stderr or the log file does not have, or may not get. */
  get droppedLines(): number {
    const lacking = ({ dropped, waiting }: LineQueue) => dropped + waiting;
    return lacking(this.#log) + (this.#file === undefined ? 0 : lacking(this.#file.lines));
  }

  /**
   * Writes data to stdout; waits while the reader is slow.
   *
   * @throws {OutputClosed} when the reader has gone
   * @throws {OperationError} when it cannot be written
   */
  print(text: string): void {
    try {
      writeAllSync(Deno.stdout, this.#clearedForPrint() + text + "\n");
    } catch (error) {
      throw this.#printFailure(error);
    }
  }

  /**
   * Prints data that may be dropped: if the terminal does not take them within a second, gives up.
   *
   * @throws {OutputClosed} when the data are not read
   * @throws {OperationError} when it cannot be written
   */
  async printOrLeave(text: string): Promise<void> {
    if (!this.#printsToTerminal) return this.print(text);
    const writing = writeAll(Deno.stdout, this.#clearedForPrint() + text + "\n");
    try {
      if (await within(LAST_MS, writing)) return;
    } catch (error) {
      throw this.#printFailure(error);
    }
    this.#isStuck = true;
    throw new OutputClosed("the terminal is stopped");
  }

  /**
   * Sets the form of the log, and where it is also written. Called once in a command.
   *
   * @throws {UnavailableError} when the file cannot be written
   */
  formLog(form: LogForm): void {
    this.#logForm = form;
    this.#takeLog(form.level, isConsoleTelemetry());
    if (form.file === undefined || form.file === "off") return;
    const log = new LogFile(form.file);
    let fails = false;
    const write = async (text: string) => {
      try {
        await log.append(encoder.encode(text));
        fails = false;
      } catch (error) {
        if (!fails) this.#log.push(this.#troubleLine(`--log-file ${form.file}`, error));
        fails = true;
        throw error;
      }
    };
    const notice = (count: number, reason: string) => this.#droppedLines(count, reason).inFile;
    this.#file = { log, lines: new LineQueue({ write, notice }) };
  }

  /** Logs a notice of a stage, with advice: a line on stderr, with the time (UTC). */
  readonly log: Log = (notice) =>
    emit({ ...notice, message: noticeLine(notice, adviceOn(notice)) });

  /** Logs a notice of another ssdaq process; its text already has the advice. */
  readonly relay: Log = (notice) => emit({ ...notice, message: notice.text });

  /** Logs a normal message of the command. */
  info(text: string, particulars?: Particulars): void {
    this.log({ level: "info", stage: "", text, ...particulars });
  }

  /** Logs a message of the command about a possible loss of data. */
  warning(text: string, particulars?: Particulars): void {
    this.log({ level: "warning", stage: "", text, ...particulars });
  }

  /** Logs why the command fails: a line on stderr without the time. */
  error(said: unknown): void {
    this.#status = "";
    const { code, fields } = isReadable(said) ? said : {};
    emit({ level: "error", stage: "", message: withAdvice(said), code, fields });
  }

  /** Replaces the status line, if there is one. */
  status(line: string): void {
    if (!this.interactive) return;
    const { columns } = consoleSize();
    this.#status = line.slice(0, columns - 1);
    this.#log.refresh();
  }

  /** Removes the status line. */
  endStatus(): void {
    if (this.#status === "") return;
    this.#status = "";
    this.#log.refresh();
  }

  dim(text: string): string {
    return this.#paint(2, text);
  }

  /** Waits at most one second until the log is written; returns whether it is. */
  async flush(): Promise<boolean> {
    const queues = this.#file === undefined ? [this.#log] : [this.#log, this.#file.lines];
    const flushed = await Promise.all(queues.map((lines) => lines.flush(LAST_MS)));
    return flushed.every((whole) => whole);
  }

  /**
   * Flushes the log and closes its file.
   *
   * @returns whether all is written; if not, a blocked write would keep the process alive for ever
   */
  async close(): Promise<boolean> {
    const isFlushed = await this.flush();
    this.#file?.log[Symbol.dispose]();
    this.#file = undefined;
    return isFlushed && !this.#isStuck;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Sends the log of this level and above here. LogTape has one configuration in a process. */
  #takeLog(level: NoticeLevel, isTelemetry = false): void {
    const take = (record: LogRecord) => {
      const { onTerminal, inFile } = this.#linesOf(record);
      this.#log.push(onTerminal);
      this.#file?.lines.push(inFile);
    };
    const telemetry = getConsoleSink({
      formatter: (record) => [jsonLine(record, this.#logForm)],
    });
    const names: ("take" | "telemetry")[] = isTelemetry ? ["take", "telemetry"] : ["take"];
    configureSync({
      reset: true,
      sinks: { take, telemetry },
      loggers: [
        { category: ROOT_CATEGORY, sinks: names, lowestLevel: level },
        { category: ["logtape", "meta"], sinks: ["take"], lowestLevel: "error" },
      ],
    });
  }

  #droppedLines(count: number, reason: string): { onTerminal: string; inFile: string } {
    const message = noticeOf(count, reason);
    return this.#linesOf(recordOf({ level: "warning", stage: "", message }));
  }

  /** Does not use a logger: the file must not get this line. */
  #troubleLine(file: string, error: unknown): string {
    const message = `${file}: ${
      reasonOf(error)
    }; its lines are dropped until it can be written again`;
    if (this.#logForm.format === "text") return message + "\n";
    return this.#linesOf(recordOf({ level: "error", stage: "", message })).onTerminal;
  }

  #linesOf(record: LogRecord): { onTerminal: string; inFile: string } {
    if (this.#logForm.format === "json") {
      const line = jsonLine(record, this.#logForm) + "\n";
      return { onTerminal: line, inFile: line };
    }
    const { time, message, isFailure } = textOf(record);
    return isFailure
      ? {
        onTerminal: `${this.#paint(31, "error:")} ${message}\n`,
        inFile: `${time} error: ${message}\n`,
      }
      : { onTerminal: `${this.dim(time)} ${message}\n`, inFile: `${time} ${message}\n` };
  }

  #paint(code: number, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  /** On a terminal, data must not follow the status line on its line. */
  #clearedForPrint(): string {
    return this.#printsToTerminal && this.#shownStatus !== "" ? CLEAR_LINE : "";
  }

  #printFailure(error: unknown): Error {
    // A closed terminal gives EIO, for which Deno has no class.
    const isClosed = error instanceof Deno.errors.BrokenPipe ||
      this.#printsToTerminal && (error as { code?: string }).code === "EIO";
    return isClosed
      ? new OutputClosed("no program reads it any more", { cause: error })
      : new OperationError(`cannot print to stdout: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Whether Deno sends the console's output only to OpenTelemetry. Otherwise console output would be
 * mixed with the data on stdout.
 */
function isConsoleTelemetry(): boolean {
  const { OTEL_DENO, OTEL_DENO_CONSOLE, OTEL_SDK_DISABLED } = Deno.env.toObject();
  return OTEL_DENO === "true" && OTEL_DENO_CONSOLE === "replace" && OTEL_SDK_DISABLED === undefined;
}

function noticeOf(count: number, reason: string): string {
  const lines = count === 1 ? "1 line of the log was" : `${count} lines of the log were`;
  return `${lines} dropped: ${reason}`;
}

function consoleSize(): { columns: number } {
  try {
    return Deno.consoleSize();
  } catch {
    // A pseudo-terminal may have no size.
    return { columns: 80 };
  }
}

interface Stream {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/** Writes without blocking this thread: a blocked stream blocks only one of Deno's own threads. */
async function writeAll(stream: Stream, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += await stream.write(bytes.subarray(done));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await sleep(RETRY_MS);
    }
  }
}

function writeAllSync(stream: Stream, text: string): void {
  const bytes = encoder.encode(text);
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}
