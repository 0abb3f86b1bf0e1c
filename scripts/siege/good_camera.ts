import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import type { DaemonLedger, RecorderLedger } from "../../lib/ledger/ledger.ts";
import { OperationError } from "../../lib/errors.ts";
import { Listener } from "../../lib/listener/listener.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { fromJson } from "../../lib/text/json.ts";
import { LiveClient } from "../../lib/view/client/live_client.ts";
import { eventually, settled, succeeded } from "../soak/scenario.ts";
import { descriptorsOf, peakBytesOf } from "./process_memory.ts";
import type { Targets } from "./strangers.ts";

/** Readouts of a module in a second. */
export const RATE = 10;

/** Size of a file of the recorder: it must open new ones under attack. */
const MAX_SIZE = "8MiB";

/** How long an answer may take, ms. */
const ANSWER_MS = 5000;

/** A process under attack. */
export interface Watched {
  name: string;
  process: SsdaqProcess;
  /** What it said that it takes at most, bytes. */
  budgetBytes: number;
  peakBytes: number;
  peakDescriptors: number;
}

/** What users of the camera saw. */
export interface Seen {
  /** Requests to `/healthz` and `/status`, and how many of them were answered in time. */
  asked: number;
  answered: number;
  /** Frames of an open page, and the longest time without one, ms. */
  frames: number;
  longestSilenceMs: number;
  /** Events that a subscriber received, and gaps in their numbers. */
  heard: number;
  gaps: number;
}

/** What is known when the camera has been stopped. */
export interface Result {
  sent: { packetsSent: number; readoutsSent: number };
  daemon: DaemonLedger;
  recorder: RecorderLedger;
  files: string[];
  manifest: string;
}

/** A camera, its daemon, its recorder, and people who watch them. */
export class GoodCamera implements AsyncDisposable {
  readonly targets: Targets;
  readonly watched: Watched[];
  readonly seen: Seen = {
    ...{ asked: 0, answered: 0, frames: 0, longestSilenceMs: 0, heard: 0, gaps: 0 },
  };
  readonly #folder: string;
  readonly #control: string;
  readonly #recorderControl: string;
  readonly #token: string;
  readonly #daemon: SsdaqProcess;
  readonly #recorder: SsdaqProcess;
  readonly #subscriber: SsdaqProcess;
  readonly #listener: Listener;
  readonly #page: LiveClient;
  readonly #ending = new AbortController();
  readonly #tasks: Promise<void>[];
  readonly #timer: ReturnType<typeof setInterval>;
  #sim: SsdaqProcess | undefined;

  private constructor(
    { folder, control, recorderControl, token, targets, daemon, recorder, subscriber, listener }: {
      folder: string;
      control: string;
      recorderControl: string;
      token: string;
      targets: Targets;
      daemon: Watched;
      recorder: Watched;
      subscriber: Watched;
      listener: Listener;
    },
  ) {
    this.targets = targets;
    this.watched = [daemon, recorder, subscriber];
    this.#folder = folder;
    this.#control = control;
    this.#recorderControl = recorderControl;
    this.#token = token;
    this.#daemon = daemon.process;
    this.#recorder = recorder.process;
    this.#subscriber = subscriber.process;
    this.#listener = listener;
    let lastMs = performance.now();
    this.#page = new LiveClient({
      url: control,
      pace: (draw) => setTimeout(draw, 20),
      onFrame: () => {
        const nowMs = performance.now();
        this.seen.frames++;
        this.seen.longestSilenceMs = Math.max(this.seen.longestSilenceMs, nowMs - lastMs);
        lastMs = nowMs;
      },
      onStatus: () => {},
      onUnexpected: () => {},
      onRefused: () => {},
    });
    this.#tasks = [this.#listen(), this.#ask()];
    this.#timer = setInterval(() => this.#look(), 200);
  }

  /** Starts daemon and recorder, each of which may have only so many descriptors. */
  static async start(folder: string): Promise<GoodCamera> {
    const token = crypto.randomUUID();
    const tokenFile = `${folder}/token`;
    Deno.writeTextFileSync(tokenFile, token, { mode: 0o600 });
    const feed = freePort();
    const daemon = new SsdaqProcess([
      ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "127.0.0.1:0"],
      ...["--replay-buffer", "64MiB", "--json"],
    ]);
    const { target, endpoint, control = "" } = await daemonPlaces(daemon);
    const files = `${folder}/files`;
    Deno.mkdirSync(files);
    const recorder = new SsdaqProcess([
      ...["record", "--folder", files, "--prefix", "siege", "--max-size", MAX_SIZE, "--sync"],
      ...["-e", endpoint, "--fill-gaps", control, "--json"],
      ...["--control", "127.0.0.1:0", "--control-token-file", tokenFile],
    ]);
    const [, recorderControl = ""] = await recorder.says(/control on (http:[^\s"]+)/);
    await recorder.says(/connected to/);
    // It hears the camera, and a stranger who publishes to it.
    const subscriber = new SsdaqProcess([
      ...["record", `${folder}/two.h5`, "-e", endpoint, "-e", `tcp://127.0.0.1:${feed}`],
      ...["--fill-gaps", "off", "--json"],
    ]);
    const listener = await Listener.connect({ endpoints: [endpoint] });
    await daemon.says(/subscriber joined, now 3/);
    const port = (url: string) => Number(/:(\d+)$/.exec(url)?.[1]);
    return new GoodCamera({
      ...{ folder, control, recorderControl, token, listener },
      targets: {
        packets: port(target),
        publisher: port(endpoint),
        control: port(control),
        recorder: port(recorderControl),
        feed,
      },
      daemon: await watched("daemon", daemon, control),
      recorder: await watched("record", recorder, recorderControl, token),
      subscriber: await watched("record -e -e", subscriber),
    });
  }

  /** Sends the camera's packets for a time. */
  async send(durationMs: number, seed: number): Promise<void> {
    const { packets } = this.targets;
    this.#sim = new SsdaqProcess([
      ...["sim", "--target", `127.0.0.1:${packets}`, "--duration", `${durationMs}ms`],
      ...["--rate", `${RATE}`, "--seed", `${seed}`, "--json"],
      ...["--manifest", `${this.#folder}/manifest.json`],
    ]);
    await this.#sim.says(/modules from/);
  }

  /** Waits until the camera has sent everything. */
  async sent(): Promise<void> {
    if (this.#sim !== undefined) await succeeded("sim", this.#sim.ended);
  }

  /**
   * Waits for the last event, then stops everything in order.
   *
   * @throws {OperationError} if a process has not survived
   */
  async stop(): Promise<Result> {
    try {
      return await this.#stop();
    } catch (error) {
      const dead = await this.#dead();
      throw dead === "" ? error : new OperationError(dead, { cause: error });
    }
  }

  /** Which processes have ended, and what they said last. */
  async #dead(): Promise<string> {
    const ends = await Promise.all(this.watched.map(async ({ name, process }) => {
      const ended = await Promise.race([process.ended, sleep(0)]);
      if (ended === undefined) return [];
      const said = ended.stderr.split("\n").slice(-20).join("\n");
      return [`${name} ended with exit code ${ended.code}:\n${said}`];
    }));
    return ends.flat().join("\n");
  }

  async #stop(): Promise<Result> {
    const built = await settled(this.#control);
    await eventually("the recorder to store everything", async () => {
      const { ledger } = await this.#recorderStatus();
      return ledger.recorder.stored >= built;
    });
    this.#look();
    clearInterval(this.#timer);
    this.#ending.abort();
    this.#page[Symbol.dispose]();
    this.#listener.end();
    await Promise.all(this.#tasks);
    await succeeded("record", this.#subscriber.stop());
    const recorder = await succeeded("record", this.#recorder.stop());
    const daemon = await succeeded("daemon", this.#daemon.stop());
    const sim = await this.#sim?.ended;
    const recorded = JSON.parse(recorder.stdout);
    return {
      sent: JSON.parse(sim?.stdout ?? "{}"),
      daemon: JSON.parse(daemon.stdout).ledger,
      recorder: recorded.ledger,
      files: recorded.files.map(({ path }: { path: string }) => path),
      manifest: `${this.#folder}/manifest.json`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    this.#page[Symbol.dispose]();
    this.#listener.end();
    for (const { process } of this.watched) await process[Symbol.asyncDispose]();
    await this.#sim?.[Symbol.asyncDispose]();
    await Promise.allSettled(this.#tasks);
    await this.#listener[Symbol.asyncDispose]();
  }

  #look(): void {
    for (const one of this.watched) {
      try {
        one.peakBytes = Math.max(one.peakBytes, peakBytesOf(one.process.pid));
        one.peakDescriptors = Math.max(one.peakDescriptors, descriptorsOf(one.process.pid));
      } catch {
        // It has ended: its exit code is looked at when it is stopped.
      }
    }
  }

  async #listen(): Promise<void> {
    let last: bigint | undefined;
    for await (const { number } of this.#listener) {
      if (last !== undefined && number !== last + 1n) this.seen.gaps++;
      last = number;
      this.seen.heard++;
    }
  }

  /** Asks as a monitoring system does. */
  async #ask(): Promise<void> {
    const { signal } = this.#ending;
    const headers = { authorization: `Bearer ${this.#token}` };
    const urls = [this.#control, this.#recorderControl].flatMap((url) =>
      ["/healthz", "/status"].map((path) => url + path)
    );
    while (!signal.aborted) {
      await Promise.all(urls.map(async (url) => {
        this.seen.asked++;
        try {
          const response = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
          await response.text();
          if (response.ok) this.seen.answered++;
        } catch {
          // Counted as asked and not answered.
        }
      }));
      await sleep(1000, signal);
    }
  }

  async #recorderStatus(): Promise<{ ledger: RecorderLedger }> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.#recorderControl}/status`, { headers });
    return await response.json();
  }
}

/** A process with the budget that it tells at the start. */
async function watched(
  name: string,
  process: SsdaqProcess,
  control?: string,
  token = "",
): Promise<Watched> {
  const [, told = ""] = await process.says(/memory: .*at most (\S+ \S+)/);
  let budgetBytes = bytesOf(told);
  if (control !== undefined) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${control}/status`, { headers });
    const { memory } = fromJson(await response.text()) as { memory: { budgetBytes: number } };
    ({ budgetBytes } = memory);
  }
  return { name, process, budgetBytes, peakBytes: 0, peakDescriptors: 0 };
}

/** A size such as `96.0 MiB`. */
function bytesOf(text: string): number {
  const [, number = "0", unit = "B"] = /^([\d.]+) (\w+)/.exec(text) ?? [];
  return Number(number) * 1024 ** ["B", "KiB", "MiB", "GiB"].indexOf(unit);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
