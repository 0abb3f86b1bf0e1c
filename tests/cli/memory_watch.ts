/** What of a process's memory is resident at most until it is disposed, and now; bytes, on Linux. */
export class MemoryWatch implements Disposable {
  peakBytes = 0;
  readonly #pid: number;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.look(), 50);
  }

  look(): number {
    const pages = Number(Deno.readTextFileSync(`/proc/${this.#pid}/statm`).split(" ")[1]);
    this.peakBytes = Math.max(this.peakBytes, pages * 4096);
    return pages * 4096;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
