import { reasonOf } from "../lib/errors.ts";
import { LogFile } from "./log_file.ts";

const CLEAR_LINE = "\r\x1b[2K";
const encoder = new TextEncoder();

/** How lines of the log look, and where else they go. */
export interface LogForm {
  /** Name of the command, in JSON. */
  command: string;
  format: "text" | "json";
  /** Also append lines here; undefined or `off`: nowhere else. */
  file?: string;
}

/** Where a command speaks: data on stdout, logs and a status line on stderr. */
export class Terminal implements Disposable {
  /** Whether stderr is a terminal; if not, there is no status line. */
  readonly interactive: boolean;
  readonly #color: boolean;
  #status = "";
  #logForm: LogForm = { command: "", format: "text" };
  #logFile: LogFile | undefined;

  constructor() {
    this.interactive = Deno.stderr.isTerminal();
    this.#color = this.interactive && !Deno.noColor;
  }

  /** Writes data to stdout, as it is; throws `BrokenPipe` when nobody reads it any more. */
  print(text: string): void {
    this.#clearStatus();
    writeAll(Deno.stdout, encoder.encode(text + "\n"));
  }

  /**
   * Says how the log looks, and where else it goes, from now on.
   *
   * @throws {UnavailableError} when the file cannot be written
   */
  formLog(form: LogForm): void {
    this.#logFile?.[Symbol.dispose]();
    this.#logFile = undefined;
    this.#logForm = form;
    if (form.file !== undefined && form.file !== "off") this.#logFile = new LogFile(form.file);
  }

  /** A line on stderr, with the time (UTC). */
  log(line: string): void {
    this.#clearStatus();
    const time = timeOf(new Date());
    this.#write("info", line, `${this.dim(time)} ${line}`, `${time} ${line}`);
    this.#toStderr(this.#status);
  }

  /** A line on stderr without the time, for errors. */
  error(line: string): void {
    this.endStatus();
    const plain = `${timeOf(new Date())} error: ${line}`;
    this.#write("error", line, `${this.#paint(31, "error:")} ${line}`, plain);
  }

  /** Replaces the status line, when there is one. */
  status(line: string): void {
    if (!this.interactive) return;
    const { columns } = consoleSize();
    this.#status = line.slice(0, columns - 1);
    this.#toStderr(CLEAR_LINE + this.#status);
  }

  /** Takes the status line away. */
  endStatus(): void {
    this.#clearStatus();
    this.#status = "";
  }

  dim(text: string): string {
    return this.#paint(2, text);
  }

  [Symbol.dispose](): void {
    this.#logFile?.[Symbol.dispose]();
    this.#logFile = undefined;
  }

  #write(level: "info" | "error", message: string, onTerminal: string, inFile: string): void {
    const { command, format } = this.#logForm;
    const json = format === "json"
      ? JSON.stringify({ time: new Date().toISOString(), level, command, message })
      : undefined;
    this.#toStderr(`${json ?? onTerminal}\n`);
    if (this.#logFile === undefined) return;
    try {
      this.#logFile.append(encoder.encode(`${json ?? inFile}\n`));
    } catch (error) {
      // Data goes on being taken; stderr still has the lines.
      this[Symbol.dispose]();
      this.#toStderr(`--log-file ${this.#logForm.file}: ${reasonOf(error)}; it ends here\n`);
    }
  }

  #paint(code: number, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  #clearStatus(): void {
    if (this.#status !== "") this.#toStderr(CLEAR_LINE);
  }

  #toStderr(text: string): void {
    try {
      writeAll(Deno.stderr, encoder.encode(text));
    } catch (error) {
      // Data goes on being taken when whoever read the log has gone.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
}

function timeOf(date: Date): string {
  return date.toISOString().slice(0, 19) + "Z";
}

function consoleSize(): { columns: number } {
  try {
    return Deno.consoleSize();
  } catch {
    // A pseudo-terminal may have no size.
    return { columns: 80 };
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}
