/**
 * What a check of the host came to: `bad` loses data, `warning` may, and `unknown` cannot be told here.
 */
export type FindingState = "good" | "warning" | "bad" | "unknown";

/** What a check of the host found. */
export interface Finding {
  /** What was checked. */
  name: string;
  state: FindingState;
  /** What there is, in words. */
  found: string;
  /** The command, or what to do, that mends it. */
  fix?: string;
}
