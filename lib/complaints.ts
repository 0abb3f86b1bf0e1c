import type { Notice, StageLog } from "./notice.ts";

/** The period in which each reason may log a few lines. */
const PERIOD_MS = 10_000;

/** A notice of a stage. A plain string is a warning. */
export type Complaint = string | Omit<Notice, "stage" | "repeats">;

/**
 * Limits the rate of notices that may be very frequent. For each reason, the first ones in 10 s are
 * logged at once. The first one after that says how many there were.
 */
export class Complaints<Reason extends string> {
  readonly #log: StageLog;
  readonly #lines: number;
  readonly #byReason = new Map<Reason, { sinceMs: number; said: number; unsaid: number }>();

  /** @param lines how many each reason may log in 10 s */
  constructor(log: StageLog, lines = 1) {
    this.#log = log;
    this.#lines = lines;
  }

  /** @param make creates the notice; called only if it is logged */
  complain(reason: Reason, nowMs: number, make: () => Complaint): void {
    const state = this.#byReason.get(reason) ?? { sinceMs: nowMs, said: 0, unsaid: 0 };
    this.#byReason.set(reason, state);
    if (nowMs - state.sinceMs >= PERIOD_MS) {
      state.sinceMs = nowMs;
      state.said = 0;
    }
    if (state.said >= this.#lines) {
      state.unsaid++;
      return;
    }
    const { unsaid } = state;
    state.said++;
    state.unsaid = 0;
    const made = make();
    const notice = typeof made === "string" ? { level: "warning" as const, text: made } : made;
    this.#log.tell(unsaid === 0 ? notice : { ...notice, repeats: unsaid + 1 });
  }
}
