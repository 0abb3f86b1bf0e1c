/**
 * Makes a write beyond `ulimit -f` fail as one on a full disk does: SIGXFSZ, which comes with it, would
 * kill the process.
 */
export class FileSizeLimit implements Disposable {
  readonly #onSignal = () => {};

  constructor() {
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGXFSZ", this.#onSignal);
  }

  [Symbol.dispose](): void {
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGXFSZ", this.#onSignal);
  }
}
