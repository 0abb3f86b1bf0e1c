import { nth } from "../../elements.ts";

/** What istanbul's instrumented code counts in, for a file. */
interface Counted {
  path: string;
  s: Record<number, number> | Uint32Array;
  f: Record<number, number> | Uint32Array;
  b: Record<number, ArrayLike<number>>;
}

/** Name of the global variable that has the counts. */
export const COVERAGE_VARIABLE = "__ssdaq_fuzz_coverage__";

/** How many branches inputs have taken. */
export interface Reached {
  branches: number;
  reachedBranches: number;
}

/**
 * How often an input ran each branch, function and statement of the instrumented code.
 *
 * Counts of the same class (1, 2, 3, 4-7, 8-15, 16-31, 32-127, more) are the same: so a loop that
 * runs once more is new, and one that runs a hundred times is new once.
 */
export class Coverage {
  readonly #counts: Uint32Array;
  readonly #firstBranch: number;
  /** The classes seen so far, as bits. */
  readonly #seen: Uint8Array;

  /** Call it when all the code has been imported: what runs at its import is not counted. */
  constructor() {
    const files = filesOf(globalThis as unknown as Record<string, Record<string, Counted>>);
    const lengths = (counts: Record<number, unknown>) => Object.keys(counts).length;
    const others = files.reduce((sum, { s, f }) => sum + lengths(s) + lengths(f), 0);
    const branches = files.reduce(
      (sum, { b }) => Object.values(b).reduce((arms, { length }) => arms + length, sum),
      0,
    );
    this.#counts = new Uint32Array(others + branches);
    this.#seen = new Uint8Array(others + branches);
    this.#firstBranch = others;
    let at = 0;
    const take = (length: number) => this.#counts.subarray(at, at += length);
    // Code that counts looks these up each time, so it counts in one array from now on.
    for (const file of files) {
      file.s = take(lengths(file.s));
      file.f = take(lengths(file.f));
    }
    for (const { b } of files) {
      for (const [key, arms] of Object.entries(b)) b[Number(key)] = take(arms.length);
    }
  }

  /** Forgets what the last input ran. */
  reset(): void {
    this.#counts.fill(0);
  }

  /** Notes what the last input ran, and returns how much of it no input before has run. */
  note(): number {
    const counts = this.#counts;
    const seen = this.#seen;
    let fresh = 0;
    for (let at = 0; at < counts.length; at++) {
      const count = counts[at] as number;
      if (count === 0) continue;
      const bit = classOf(count);
      if (((seen[at] as number) & bit) !== 0) continue;
      seen[at] = (seen[at] as number) | bit;
      fresh++;
    }
    return fresh;
  }

  /** The branches, functions and statements that the last input ran, as indices. */
  ran(): number[] {
    return Array.from(this.#counts.keys()).filter((at) => nth(this.#counts, at) > 0);
  }

  /** The branches taken so far. */
  get reached(): Reached {
    const branches = this.#seen.subarray(this.#firstBranch);
    return {
      branches: branches.length,
      reachedBranches: branches.reduce((sum, bits) => bits === 0 ? sum : sum + 1, 0),
    };
  }
}

function filesOf(global: Record<string, Record<string, Counted>>): Counted[] {
  return Object.values(global[COVERAGE_VARIABLE] ?? {});
}

function classOf(count: number): number {
  if (count < 4) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}
