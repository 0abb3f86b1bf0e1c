const CLEAR_LINE = "\r\x1b[2K";
const encoder = new TextEncoder();

/** Where a command speaks: data on stdout, logs and a status line on stderr. */
export class Terminal {
  /** Whether stderr is a terminal; if not, there is no status line. */
  readonly interactive: boolean;
  readonly #color: boolean;
  #status = "";

  constructor() {
    this.interactive = Deno.stderr.isTerminal();
    this.#color = this.interactive && !Deno.noColor;
  }

  /** Writes data to stdout, as it is; throws `BrokenPipe` when nobody reads it any more. */
  print(text: string): void {
    this.#clearStatus();
    writeAll(Deno.stdout, encoder.encode(text + "\n"));
  }

  /** A line on stderr, with the time (UTC). */
  log(line: string): void {
    this.#clearStatus();
    const time = new Date().toISOString().slice(0, 19) + "Z";
    this.#toStderr(`${this.dim(time)} ${line}\n`);
    this.#toStderr(this.#status);
  }

  /** A line on stderr without the time, for errors. */
  error(line: string): void {
    this.endStatus();
    this.#toStderr(`${this.#paint(31, "error:")} ${line}\n`);
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
