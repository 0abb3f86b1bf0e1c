import { itemAt } from "../../lib/item_at.ts";
import { type Ended, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { OperationError } from "../../lib/errors.ts";
import { sleep } from "../../lib/time/sleep.ts";
import { within } from "../../lib/time/within.ts";
import { Random } from "../../sim/random.ts";

/** How long a daemon may take to have everything in events, and a recorder to have it stored. */
const SETTLE_MS = 60_000;

/** What a soak is to be. */
export interface Soak {
  /** Simulated time, which passes as on the clock. */
  durationMs: number;
  /** Recorders to kill at least. */
  kills: number;
  seed: number;
  /** Where files go. */
  folder: string;
  /** Told what happens. */
  tell: (line: string) => void;
  /** Told what was proven. */
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

/** Stops a process in its tracks for a while. */
export async function standStill(process: SsdaqProcess, durationMs: number): Promise<void> {
  Deno.kill(process.pid, "SIGSTOP");
  await pause(durationMs);
  Deno.kill(process.pid, "SIGCONT");
}

/** Resolves after a time, or when the other promise does. */
export async function pause(durationMs: number, orWhen?: Promise<unknown>): Promise<void> {
  await (orWhen === undefined ? sleep(durationMs) : within(durationMs, orWhen));
}

/** How a process ended; it must have ended well. */
export async function succeeded(name: string, ending: Promise<Ended>): Promise<Ended> {
  const ended = await ending;
  if (ended.code !== 0) throw new OperationError(`${name} has failed:\n${ended.stderr}`);
  return ended;
}

/** Waits until a condition holds. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + SETTLE_MS;
  while (!await condition()) {
    if (performance.now() > endMs) throw new OperationError(`waited in vain for ${what}`);
    await pause(200);
  }
}

/** Waits until nothing is open or held in a daemon, and returns how many events it built. */
export async function settled(control: string): Promise<number> {
  let built = 0;
  await eventually("the daemon to have everything in events", async () => {
    const response = await fetch(`${control}/status`);
    const { levels, brokenIdentities, ledger } = await response.json();
    built = ledger.events.built;
    const { ringPackets, openEvents, heldReadouts, queuedEvents } = levels;
    const waiting = ringPackets + openEvents + heldReadouts + queuedEvents;
    return waiting === 0 && brokenIdentities.length === 0;
  });
  return built;
}

/** Has `ssdaq check` prove that the account of some files closes. */
export async function proven(
  { print }: Soak,
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
