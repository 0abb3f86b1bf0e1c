import type { Size } from "./screen.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** A whole terminal for one command: keys are heard as they are pressed; afterwards all is as before. */
export class FullScreen implements AsyncDisposable {
  readonly #keys: ReadableStreamDefaultReader<Uint8Array>;
  readonly #onResize: () => void;
  readonly #onLost: () => void;
  readonly #heard: Promise<void>;
  #shown = "";

  /**
   * @param onKey told each character that is typed
   * @param onResize told when there is another size
   * @param onLost told when the terminal is no longer there, as when it was closed
   */
  constructor(onKey: (key: string) => void, onResize: () => void, onLost: () => void) {
    this.#onLost = onLost;
    // Ctrl-C stays a signal.
    Deno.stdin.setRaw(true, { cbreak: true });
    this.#write(ENTER);
    this.#keys = Deno.stdin.readable.getReader();
    this.#heard = this.#hear(onKey);
    this.#onResize = () => {
      this.#shown = "";
      onResize();
    };
    Deno.addSignalListener("SIGWINCH", this.#onResize);
  }

  /** How large it is. */
  get size(): Size {
    try {
      return Deno.consoleSize();
    } catch {
      this.#onLost();
      return { columns: 80, rows: 24 };
    }
  }

  /** Replaces what is shown. */
  show(lines: readonly string[]): void {
    const text = lines.map((line) => line + CLEAR_TO_END_OF_LINE).join("\r\n");
    if (text === this.#shown) return;
    this.#shown = text;
    this.#write(HOME + text + CLEAR_BELOW);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Deno.removeSignalListener("SIGWINCH", this.#onResize);
    await this.#keys.cancel().catch(() => this.#onLost());
    await this.#heard;
    try {
      Deno.stdin.setRaw(false);
    } catch {
      this.#onLost(); // Nothing is left to be made as it was.
    }
    this.#write(LEAVE);
  }

  async #hear(onKey: (key: string) => void): Promise<void> {
    for (;;) {
      const { value, done } = await this.#keys.read().catch(() => {
        this.#onLost();
        return { value: undefined, done: true };
      });
      if (done) return;
      for (const key of decoder.decode(value)) onKey(key);
    }
  }

  #write(text: string): void {
    const bytes = encoder.encode(text);
    try {
      for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
    } catch {
      this.#onLost();
    }
  }
}
