import type { Size } from "./screen.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/**
 * The whole terminal for one command. It reads each key at once. At its end, the terminal is as it
 * was before.
 */
export class FullScreen implements AsyncDisposable {
  readonly #keys: ReadableStreamDefaultReader<Uint8Array>;
  readonly #onResize: () => void;
  readonly #onLost: () => void;
  readonly #heard: Promise<void>;
  #shown = "";

  /**
   * @param onKey gets each typed character
   * @param onResize called when the size has changed
   * @param onLost called when the terminal does not exist any more, for example when it was closed
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

  /** Its size. */
  get size(): Size {
    try {
      return Deno.consoleSize();
    } catch {
      this.#onLost();
      return { columns: 80, rows: 24 };
    }
  }

  /** Replaces the content of the screen. */
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
      this.#onLost(); // There is no terminal to restore.
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
