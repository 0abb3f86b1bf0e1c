import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { fromJson } from "../../lib/text/json.ts";
import { sleep } from "../../lib/time/sleep.ts";

/** Thirty events a second. */
const SPEED = "3";

/** So many are published when the recorders begin. */
const FIRST_EVENTS = 30;

const LOOK_MS = 20;

/** A daemon with a replay buffer that publishes one run, for many recorders at once. */
export class Feed implements AsyncDisposable {
  /** Where it publishes. */
  readonly endpoint: string;
  /** Its control port, from which recorders fill their gaps. */
  readonly control: string;
  readonly #daemon: SsdaqProcess;
  readonly #sim: SsdaqProcess;

  private constructor(daemon: SsdaqProcess, sim: SsdaqProcess, endpoint: string, control: string) {
    this.#daemon = daemon;
    this.#sim = sim;
    this.endpoint = endpoint;
    this.control = control;
  }

  /**
   * Starts one on free ports, and waits until it has published its first events.
   *
   * @param replayBuffer how much a recorder gets that begins late
   * @param readouts after these it publishes no more: each recorder has all of them
   */
  static async start(replayBuffer = "256MiB", readouts = 600): Promise<Feed> {
    await using started = new AsyncDisposableStack();
    const daemon = started.use(
      new SsdaqProcess(
        [
          "daemon",
          "-l",
          "127.0.0.1:0",
          "-p",
          "tcp://127.0.0.1:0",
          "--control",
          "127.0.0.1:0",
          "--replay-buffer",
          replayBuffer,
        ],
      ),
    );
    const { target, endpoint, control = "" } = await daemonPlaces(daemon);
    const sim = started.use(
      new SsdaqProcess([
        "sim",
        "--target",
        target,
        "--speed",
        SPEED,
        "--readouts",
        String(readouts),
      ]),
    );
    const feed = new Feed(daemon, sim, endpoint, control);
    while (await feed.published() < FIRST_EVENTS) await sleep(LOOK_MS);
    started.move();
    return feed;
  }

  /** How many events it has published: a recorder has at least these when it ends after this. */
  async published(): Promise<number> {
    const status = fromJson(await (await fetch(`${this.control}/status`)).text()) as {
      ledger: { events: { published: number | bigint } };
    };
    return Number(status.ledger.events.published);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sim[Symbol.asyncDispose]();
    await this.#daemon[Symbol.asyncDispose]();
  }
}
