/** Types for the used part of istanbul-lib-instrument, which has none. */
export interface InstrumenterOptions {
  /** Name of the global variable with the counts. */
  coverageVariable: string;
  esModules: boolean;
  compact: boolean;
  parserPlugins: string[];
}

export interface Instrumenter {
  /** The code with counters. */
  instrumentSync(code: string, path: string): string;
}

export function createInstrumenter(options: InstrumenterOptions): Instrumenter;
