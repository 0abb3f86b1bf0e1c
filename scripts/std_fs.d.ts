/** Types for what is used of deno std's fs: its npm build comes without. */
export interface WalkOptions {
  /** @default Infinity */
  maxDepth?: number;
  /** @default true */
  includeDirs?: boolean;
  /** How the names of wanted files end. @default all are wanted */
  exts?: string[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

/** What is below a folder, and the folder itself; links are not followed. */
export function walkSync(root: string, options?: WalkOptions): IterableIterator<WalkEntry>;

/** Makes a folder, and those around it, where there are none. */
export function ensureDirSync(folder: string): void;
