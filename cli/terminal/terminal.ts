import { configureSync, getConsoleSink, type LogRecord } from "@logtape/logtape";
import { OperationError, reasonOf } from "../../lib/errors.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { within } from "../../lib/time/within.ts";
import { type Log, type NoticeLevel, noticeLine, type Particulars } from "../../lib/notice.ts";
import { adviceOn, isReadable, withAdvice } from "./advice.ts";
import { LineQueue } from "./line_queue.ts";
import { LogFile } from "./log_file.ts";
import { emit, jsonLine, recordOf, ROOT_CATEGORY, textOf } from "./log_record.ts";

const CLEAR_LINE = "\r\x1b[2K";

/** In the end, how long a terminal or a disk may take what was written last, ms. */
const LAST_MS = 1000;

/** How long until a stream that has no room, but does not wait for it, is tried again, ms. */
const RETRY_MS = 20;

const encoder = new TextEncoder();

/** How lines of the log look, and where else they go. */
export interface LogForm {
  /** Name of the command, in JSON. */
  command: string;
  format: "text" | "json";
  /** The least level that is told. */
  level: NoticeLevel;
  /** Also append lines here; undefined or `off`: nowhere else. */
  file?: string | undefined;
}

/** Thrown where data are printed that nobody reads any more: a pipe was closed, or a terminal. */
export class OutputClosed extends Error {
  override name = "OutputClosed";
}

/**
 * Where a command speaks: data on stdout, logs and a status line on stderr.
 *
 * The log never has the command wait, and never fails it: lines that nobody takes, as in a terminal
 * that is stopped, wait until there are 64 KiB of them; then new ones are dropped, as are those that
 * cannot be written. The next line that can be is preceded by their number. One a process: all
 * loggers of the process speak here.
 */
export class Terminal implements AsyncDisposable {
  /** Whether stderr is a terminal; if not, there is no status line. */
  readonly interactive: boolean;
  readonly #color: boolean;
  readonly #printsToTerminal: boolean;
  readonly #log: LineQueue;
  #status = "";
  /** What is on the screen of it. */
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

  /** Lines of the log that stderr or the log file lacks, or may lack as things are. */
  get droppedLines(): number {
    const lacking = ({ dropped, waiting }: LineQueue) => dropped + waiting;
    return lacking(this.#log) + (this.#file === undefined ? 0 : lacking(this.#file.lines));
  }

  /**
   * Writes data to stdout, as it is; waits while whoever reads it is slow.
   *
   * @throws {OutputClosed} when nobody reads it any more
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
   * Prints what is not worth waiting for: a terminal that does not take it in a second is left.
   *
   * @throws {OutputClosed} when nobody reads it
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
   * Says how the log looks, and where else it goes, from now on. Once in a command.
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

  /** What a stage says, with how to mend it: a line on stderr, with the time (UTC). */
  readonly log: Log = (notice) =>
    emit({ ...notice, message: noticeLine(notice, adviceOn(notice)) });

  /** What another process of ssdaq says, whose words have all that follows them already. */
  readonly relay: Log = (notice) => emit({ ...notice, message: notice.text });

  /** What the command says of what goes as it should. */
  info(text: string, particulars?: Particulars): void {
    this.log({ level: "info", stage: "", text, ...particulars });
  }

  /** What the command says of what may cost data. */
  warning(text: string, particulars?: Particulars): void {
    this.log({ level: "warning", stage: "", text, ...particulars });
  }

  /** Why the command fails: a line on stderr without the time. */
  error(said: unknown): void {
    this.#status = "";
    const { code, fields } = isReadable(said) ? said : {};
    emit({ level: "error", stage: "", message: withAdvice(said), code, fields });
  }

  /** Replaces the status line, when there is one. */
  status(line: string): void {
    if (!this.interactive) return;
    const { columns } = consoleSize();
    this.#status = line.slice(0, columns - 1);
    this.#log.refresh();
  }

  /** Takes the status line away. */
  endStatus(): void {
    if (this.#status === "") return;
    this.#status = "";
    this.#log.refresh();
  }

  dim(text: string): string {
    return this.#paint(2, text);
  }

  /** Waits until the log is where it belongs, a second at most; whether it is. */
  async flush(): Promise<boolean> {
    const queues = this.#file === undefined ? [this.#log] : [this.#log, this.#file.lines];
    const flushed = await Promise.all(queues.map((lines) => lines.flush(LAST_MS)));
    return flushed.every((whole) => whole);
  }

  /**
   * Flushes the log and closes its file.
   *
   * @returns whether all is written; if not, a write goes on that would keep the process for ever
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

  /** From now on loggers give what is of this level here. LogTape has one configuration a process. */
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

  /** Not by way of a logger, which would have it in the file too. */
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

  /** On the screen, data would stand behind the status line. */
  #clearedForPrint(): string {
    return this.#printsToTerminal && this.#shownStatus !== "" ? CLEAR_LINE : "";
  }

  #printFailure(error: unknown): Error {
    // A terminal that was closed says EIO, which Deno has no class for.
    const isClosed = error instanceof Deno.errors.BrokenPipe ||
      this.#printsToTerminal && (error as { code?: string }).code === "EIO";
    return isClosed
      ? new OutputClosed("nobody reads it any more", { cause: error })
      : new OperationError(`cannot print to stdout: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Whether Deno sends to OpenTelemetry, and nowhere else, what is said to the console: in any other
 * case it would stand among the data on stdout.
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

/** Writes without having this thread wait: a stream that takes nothing holds one of Deno's own. */
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
