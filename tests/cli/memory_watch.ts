/** The most of a process's memory that was resident until it ended or this is disposed; bytes, on Linux. */
export class MemoryWatch implements Disposable {
  peakBytes = 0;
  readonly #pid: number;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => {
      try {
        this.look();
      } catch {
        clearInterval(this.#timer);
      }
    }, 50);
  }

  /**
   * What is resident now, bytes.
   *
   * @throws {Deno.errors.NotFound} When the process has ended.
   */
  look(): number {
    const pages = Number(Deno.readTextFileSync(`/proc/${this.#pid}/statm`).split(" ")[1]);
    this.peakBytes = Math.max(this.peakBytes, pages * 4096);
    return pages * 4096;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
