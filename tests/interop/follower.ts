import { waitFor } from "../wait_for.ts";

/** `follow_recording.py`, which runs until it has seen so many rows. */
export class Follower implements AsyncDisposable {
  /** Resolves when it has ended well; rejects with what it complained about. */
  readonly ended: Promise<void>;
  readonly #child: Deno.ChildProcess;
  #printed = "";
  #isOver = false;

  constructor(python: string, file: string, capture: string, rows: number) {
    const script = new URL("./follow_recording.py", import.meta.url).pathname;
    this.#child = new Deno.Command(python, {
      args: ["-B", script, file, capture, String(rows)],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.ended = this.#read();
    // It is looked at after the next rows have been waited for.
    this.ended.catch(() => {});
  }

  /** Waits until it has seen exactly so many rows. */
  async sees(rows: number): Promise<void> {
    const isSeen = () => this.#printed.split("\n").slice(0, -1).includes(String(rows));
    const what = `follow_recording.py to see ${rows} rows`;
    await waitFor(what, () => this.#isOver || isSeen());
    if (!isSeen()) await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#child.kill();
    await this.ended.catch(() => {});
  }

  async #read(): Promise<void> {
    const complaints = new Response(this.#child.stderr).text();
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#printed += text;
    }
    const { success } = await this.#child.status;
    this.#isOver = true;
    if (!success) throw new Error(`follow_recording.py failed:\n${await complaints}`);
  }
}
