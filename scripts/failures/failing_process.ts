/**
 * A process in which one system call fails.
 *
 * It stands still at its first own line (`main.began`) until strace is attached. So no call of the
 * start of Deno and V8 fails: those are over, and ssdaq could tell nothing yet. What it loads later,
 * such as HDF5 and ZeroMQ, fails too. Strace counts the calls of each thread for itself: the n-th
 * call of each thread fails.
 *
 * @module
 */

import { OperationError } from "../../lib/errors.ts";
import { within } from "../../lib/time/within.ts";
import type { CallFailure } from "./call_failure.ts";
import { StoppedProcess } from "./stopped_process.ts";

/** How long strace may take to attach. */
const ATTACH_MS = 30_000;

/** Names of files in a folder, as a process has them open: also those whose draft has been removed. */
const FILES = [
  ...["p.00001.h5", "p.00002.h5", "p.00003.h5", "p.00004.h5"].flatMap((
    name,
  ) => [name, `.${name}.new`, `.${name}.new (deleted)`]),
  ...[".p.resume", "log", "log.1", "manifest.json", "manifest.json.new"],
];

/** A process, and the strace that lets it fail. */
export class FailingProcess extends StoppedProcess {
  #tracer: Deno.ChildProcess | undefined;
  #traced: Promise<unknown> | undefined;
  readonly #trace: string;
  readonly #failure: CallFailure;
  readonly #folder: string;

  private constructor(args: readonly string[], failure: CallFailure, folder: string) {
    super(args, { point: "main.began", how: "stop", nth: 1 });
    this.#failure = failure;
    this.#folder = folder;
    this.#trace = Deno.makeTempFileSync({ prefix: "ssdaq_trace_" });
  }

  /**
   * Starts a command with a failure.
   *
   * @param folder where its files are
   */
  static async start(
    args: readonly string[],
    failure: CallFailure,
    folder: string,
  ): Promise<FailingProcess> {
    const process = new FailingProcess(args, failure, folder);
    try {
      await process.until("it has begun", () => false);
      await process.#attach();
      process.goOn();
      return process;
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The calls that failed, as strace tells them; empty if the call never came. */
  async injected(): Promise<string[]> {
    await this.#traced;
    return Deno.readTextFileSync(this.#trace).split("\n").filter((line) =>
      line.endsWith("(INJECTED)")
    );
  }

  async #attach(): Promise<void> {
    const { kind: { calls, onFilesOnly = false }, error, nth } = this.#failure;
    const paths = onFilesOnly ? FILES.flatMap((name) => ["-P", `${this.#folder}/${name}`]) : [];
    this.#tracer = new Deno.Command("strace", {
      args: [
        ...["-f", "-o", this.#trace, "-e", `trace=${calls}`, ...paths],
        ...["-e", `inject=${calls}:error=${error}:when=${nth}`, "-p", String(this.process.pid)],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const attached = Promise.withResolvers<void>();
    this.#traced = (async () => {
      let text = "";
      for await (
        const piece of (this.#tracer as Deno.ChildProcess).stderr
          .pipeThrough(new TextDecoderStream())
      ) {
        text += piece;
        if (/ attached\b/.test(text)) attached.resolve();
      }
      attached.reject(new OperationError(`strace: ${text}`));
      await this.#tracer?.status;
    })();
    // It is only of interest before it is attached.
    attached.promise.catch(() => {});
    if (!await within(ATTACH_MS, attached.promise)) throw new OperationError("strace hangs");
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#traced;
    Deno.removeSync(this.#trace);
  }
}
