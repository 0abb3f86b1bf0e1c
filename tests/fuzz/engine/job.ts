/** What a searching process is to do. */
export interface Job {
  /** URL of the target's module, in the instrumented copy of the project. */
  module: string;
  /** How long to search. */
  durationMs: number;
  /** u32. */
  seed: number;
  /** The corpus so far. */
  corpusFolder: string;
  /** Where the smallest corpus is written at the end. */
  newCorpusFolder: string;
  /** Where inputs that showed a defect are written. */
  findingsFolder: string;
  /** File that has the present input: its length as u32, and its bytes. */
  inputFile: string;
  /** Constants of the sources, in base64. */
  words: string[];
}

/** A line from a searching process. */
export type Told =
  | ({ kind: "progress" | "end" } & Progress)
  | { kind: "finding"; path: string; error: string };

/** How far a search is. */
export interface Progress {
  /** Inputs given to the target. */
  runs: number;
  /** Inputs that ran something new. */
  inputs: number;
  branches: number;
  reachedBranches: number;
  searchedMs: number;
}
