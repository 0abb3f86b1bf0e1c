import { type Ended, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { OperationError } from "../../lib/errors.ts";
import { itemAt } from "../../lib/item_at.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { within } from "../../lib/time/within.ts";
import { Random } from "../../sim/random.ts";

/** How long a daemon may need to put everything into events, and a recorder to store them. */
const SETTLE_MS = 60_000;

/** The options of a soak. */
export interface Soak {
  /** Simulated time; it passes as real time. */
  durationMs: number;
  /** Least number of recorders to kill. */
  kills: number;
  seed: number;
  /** Folder for the files. */
  folder: string;
  /** Gets messages about the progress. */
  log: (line: string) => void;
  /** Gets the results. */
  print: (text: string) => void;
}

/** Draws times from a stream of a seed. */
export class Moments {
  readonly #random: Random;
  readonly #value = new Float64Array(1);

  constructor(seed: number, stream: number) {
    this.#random = new Random(seed, stream);
  }

  /** Uniform from the first to the second, ms. */
  between(fromMs: number, toMs: number): number {
    this.#random.fill(this.#value, fromMs, toMs);
    return Math.round(itemAt(this.#value, 0));
  }
}

/** Stops a process (SIGSTOP) for some time. */
export async function standStill(process: SsdaqProcess, durationMs: number): Promise<void> {
  Deno.kill(process.pid, "SIGSTOP");
  await pause(durationMs);
  Deno.kill(process.pid, "SIGCONT");
}

/** Resolves after a time, or when the other promise resolves. */
export async function pause(durationMs: number, orWhen?: Promise<unknown>): Promise<void> {
  await (orWhen === undefined ? sleep(durationMs) : within(durationMs, orWhen));
}

/** The end of a process; it must end without an error. */
export async function succeeded(name: string, ending: Promise<Ended>): Promise<Ended> {
  const ended = await ending;
  if (ended.code !== 0) throw new OperationError(`${name} failed:\n${ended.stderr}`);
  return ended;
}

/** Waits until a condition holds. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + SETTLE_MS;
  while (!await condition()) {
    if (performance.now() > endMs) throw new OperationError(`timeout while waiting for ${what}`);
    await pause(200);
  }
}

/** Waits until a daemon has no open event and no held readout, and returns its built events. */
export async function settled(control: string): Promise<number> {
  let built = 0;
  await eventually("the daemon to put everything into events", async () => {
    const response = await fetch(`${control}/status`);
    const { levels, brokenIdentities, ledger } = await response.json();
    built = ledger.events.built;
    const { ringPackets, openEvents, heldReadouts, queuedEvents } = levels;
    const waiting = ringPackets + openEvents + heldReadouts + queuedEvents;
    return waiting === 0 && brokenIdentities.length === 0;
  });
  return built;
}

/** Lets `ssdaq check` prove that the account of some files closes. */
export async function proven(
  { print }: Pick<Soak, "print">,
  what: string,
  { manifests, statuses, files }: { manifests: string[]; statuses: string[]; files: string[] },
): Promise<boolean> {
  const { code, stdout, stderr } = await SsdaqProcess.run(
    "check",
    ...manifests.flatMap((path) => ["--manifest", path]),
    ...statuses.flatMap((path) => ["--status", path]),
    ...files,
  );
  print(`${what}\n${stdout}${stderr}`);
  return code === 0;
}
