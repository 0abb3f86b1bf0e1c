import { type ProcessUsage, readProcessUsage } from "./process_usage.ts";

/** How often the processes are measured. */
const LOOK_MS = 100;

/** What a process used while it was measured. */
export interface MeasuredUsage {
  /** Fraction of a core; null where the system does not tell it. */
  cpu: number | null;
  /** Largest resident memory, bytes; null where the system does not tell it. */
  peakResidentBytes: number | null;
}

interface Look {
  atMs: number;
  usage: ProcessUsage;
}

/**
 * Measures what processes use, from its construction on. For a process that ends early, it keeps the
 * last values.
 */
export class Meter implements Disposable {
  readonly #pids: Record<string, number>;
  readonly #first = new Map<string, Look>();
  readonly #last = new Map<string, Look>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param pids process numbers by name */
  constructor(pids: Record<string, number>) {
    this.#pids = pids;
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** What each process has used so far. */
  read(): Record<string, MeasuredUsage> {
    return Object.fromEntries(Object.keys(this.#pids).map((name) => [name, this.#usage(name)]));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [name, pid] of Object.entries(this.#pids)) {
      const usage = readProcessUsage(pid);
      if (usage === undefined) continue;
      const look = { atMs: performance.now(), usage };
      if (!this.#first.has(name)) this.#first.set(name, look);
      this.#last.set(name, look);
    }
  }

  #usage(name: string): MeasuredUsage {
    const first = this.#first.get(name);
    const last = this.#last.get(name);
    if (first === undefined || last === undefined) return { cpu: null, peakResidentBytes: null };
    const seconds = (last.atMs - first.atMs) / 1000;
    const cpuSeconds = last.usage.cpuSeconds - first.usage.cpuSeconds;
    return {
      cpu: seconds === 0 ? null : cpuSeconds / seconds,
      peakResidentBytes: last.usage.peakResidentBytes,
    };
  }
}
