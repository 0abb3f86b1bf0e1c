import { cpuUsage } from "node:process";
import { messageOf } from "../../../lib/errors.ts";
import type { Dice } from "../dice.ts";
import { Coverage, type Reached } from "./coverage.ts";
import type { OpenTarget } from "./fuzz_target.ts";
import { Mutator } from "./mutator.ts";

/** An input may take this much processor time, ms. Parsers need microseconds. */
const MAX_INPUT_CPU_MS = 3000;

/** How long it searches before it lets signals and timers in. */
const TURN_MS = 100;

/** Findings that are kept; the search ends with so many. */
const MAX_FINDINGS = 20;

/** Attempts to shorten an input. */
const SHORTENINGS = 200;

/** An input that showed a defect. */
export interface Finding {
  input: Uint8Array;
  /** The error, with its stack. */
  error: string;
}

/** Options of a {@linkcode Search}. */
export interface SearchOptions {
  target: OpenTarget;
  dice: Dice;
  maxBytes: number;
  /** Inputs to begin with. */
  seeds: readonly Uint8Array[];
  /** Bytes to put into inputs. */
  words: readonly Uint8Array[];
  /** Called before each input. */
  onInput(input: Uint8Array): void;
  onFinding(finding: Finding): void;
  /** Called several times a second. */
  onTurn(): void;
}

/**
 * Searches for inputs that show defects: it changes inputs at random, and keeps what runs code that
 * nothing before has run, to change it further.
 */
export class Search {
  /** Inputs given to the target. */
  runs = 0;
  /** The inputs that ran something new, in the order in which they were found. */
  readonly corpus: Uint8Array[] = [];
  readonly #options: SearchOptions;
  readonly #coverage = new Coverage();
  readonly #mutator: Mutator;
  readonly #told = new Set<string>();
  #turnMs = performance.now();

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#mutator = new Mutator(options);
  }

  /** The branches taken so far. */
  get reached(): Reached {
    return this.#coverage.reached;
  }

  /** Findings so far. */
  get findings(): number {
    return this.#told.size;
  }

  /** Searches until the signal, or until there are twenty findings. */
  async run(signal: AbortSignal): Promise<void> {
    const { seeds, dice } = this.#options;
    // Without an input there is nothing to change.
    for (const seed of [new Uint8Array(0), ...seeds]) await this.#try(seed, signal);
    if (this.corpus.length === 0) this.corpus.push(new Uint8Array(0));
    while (!signal.aborted && this.findings < MAX_FINDINGS) {
      // Half of the time one of the newest, which are the furthest.
      const { length } = this.corpus;
      const newest = Math.max(0, length - 16);
      const at = dice.below(2) === 0 ? dice.below(length) : newest + dice.below(length - newest);
      const input = this.corpus[at] ?? new Uint8Array(0);
      await this.#try(this.#mutator.mutated(input, this.corpus), signal);
    }
  }

  /** The fewest and shortest inputs, about, that run everything that the corpus runs. */
  async smallest(): Promise<Uint8Array[]> {
    const kept: Uint8Array[] = [];
    const ran = new Set<number>();
    for (const input of this.corpus.toSorted((a, b) => a.length - b.length)) {
      if (await this.#errorOf(input) !== undefined) continue;
      const runs = this.#coverage.ran();
      if (runs.every((at) => ran.has(at))) continue;
      runs.forEach((at) => ran.add(at));
      kept.push(input);
    }
    return kept;
  }

  async #try(input: Uint8Array, signal: AbortSignal): Promise<void> {
    const error = await this.#errorOf(input);
    const fresh = this.#coverage.note();
    if (error !== undefined) {
      // One defect shows itself with many inputs.
      const key = placeOf(error);
      if (this.#told.has(key)) return;
      this.#told.add(key);
      const shortest = await this.#shortened(
        input,
        signal,
        async (shorter) => placeOf(await this.#errorOf(shorter) ?? "") === key,
      );
      this.#options.onFinding({ input: shortest, error });
    } else if (fresh > 0) {
      const runs = this.#coverage.ran();
      const shorter = input.length < 64 ? input.slice() : await this.#shortened(
        input.slice(),
        signal,
        async (shorter) => {
          if (await this.#errorOf(shorter) !== undefined) return false;
          const ran = new Set(this.#coverage.ran());
          return runs.every((at) => ran.has(at));
        },
      );
      this.corpus.push(shorter);
    }
  }

  /** The error with which the target ends; undefined if it keeps its promises. */
  async #errorOf(input: Uint8Array): Promise<string | undefined> {
    if (performance.now() - this.#turnMs > TURN_MS) {
      this.#options.onTurn();
      await new Promise((resolve) => setTimeout(resolve));
      this.#turnMs = performance.now();
    }
    const { target, onInput } = this.#options;
    onInput(input);
    this.runs++;
    this.#coverage.reset();
    const startMs = performance.now();
    try {
      const running = target.run(input);
      if (running !== undefined) await running;
      if (performance.now() - startMs <= MAX_INPUT_CPU_MS) return undefined;
      // Once more: only time of a busy machine has passed, perhaps.
      const before = cpuUsage();
      await target.run(input);
      const { user, system } = cpuUsage(before);
      const tookMs = (user + system) / 1000;
      return tookMs > MAX_INPUT_CPU_MS ? `it took ${Math.round(tookMs)} ms` : undefined;
    } catch (error) {
      return error instanceof Error ? error.stack ?? error.message : messageOf(error);
    }
  }

  /** The input without the parts that are not needed. */
  async #shortened(
    input: Uint8Array,
    signal: AbortSignal,
    isAsGood: (shorter: Uint8Array) => Promise<boolean>,
  ): Promise<Uint8Array> {
    let bytes = input.slice();
    let left = SHORTENINGS;
    for (let part = bytes.length >> 1; part > 0 && left > 0 && !signal.aborted; part >>= 1) {
      for (let at = 0; at < bytes.length && left > 0 && !signal.aborted; left--) {
        const rest = bytes.subarray(at + part);
        const shorter = new Uint8Array(at + rest.length);
        shorter.set(bytes.subarray(0, at));
        shorter.set(rest, at);
        if (await isAsGood(shorter)) bytes = shorter;
        else at += part;
      }
    }
    return bytes;
  }
}

/** The kind of an error and where it came from, without what the input was. */
function placeOf(error: string): string {
  const place = error.split("\n").find((line) => /^\s+at .*\/(?:lib|cli|sim|tests)\//.test(line));
  return place ?? error.replaceAll(/\d+/g, "N").split("\n", 1).join();
}
