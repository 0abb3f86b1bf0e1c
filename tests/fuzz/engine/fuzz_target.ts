/** A target that is ready for inputs. */
export interface OpenTarget extends AsyncDisposable {
  /**
   * Gives one input to the code, and checks what comes of it.
   *
   * @throws {Error} if the code does not keep its promises: this is a finding
   */
  run(input: Uint8Array): void | Promise<void>;
}

/** Code that gets bytes from strangers, with what it promises for any bytes. */
export interface FuzzTarget {
  /** Its name, as in `tests/fuzz/corpus/NAME`. */
  name: string;
  /** What the bytes are, in a few words. */
  summary: string;
  /** Files whose branches guide the search: paths from the root of the project, or their beginnings. */
  sources: readonly string[];
  /** No input is longer. */
  maxBytes: number;
  /** Inputs to begin with, beside the corpus. */
  seeds(): Uint8Array[];
  /** Words to put into inputs, beside the constants of the sources. @default none */
  words?: readonly string[];
  open(): Promise<OpenTarget>;
}
