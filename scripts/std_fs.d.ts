/** Types for the used functions of Deno's std fs; its npm build has no types. */
export interface WalkOptions {
  /** @default Infinity */
  maxDepth?: number;
  /** @default true */
  includeDirs?: boolean;
  /** Endings of the wanted files. @default all files */
  exts?: string[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

/** A folder and everything in it; links are not followed. */
export function walkSync(root: string, options?: WalkOptions): IterableIterator<WalkEntry>;

/** Makes a folder and its parents, if they do not exist. */
export function ensureDirSync(folder: string): void;
