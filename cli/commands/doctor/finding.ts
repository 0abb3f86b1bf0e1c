/**
 * The result of a check. `bad`: data are lost. `warning`: data may be lost. `unknown`: this host
 * cannot tell.
 */
export type FindingState = "good" | "warning" | "bad" | "unknown";

/** One finding of a check. */
export interface Finding {
  /** What was checked. */
  name: string;
  state: FindingState;
  /** What the check found, in words. */
  found: string;
  /** What fixes it: a command, or words. */
  fix?: string;
}
