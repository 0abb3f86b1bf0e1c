/** How long a reason is quiet after a line about it. */
const QUIET_MS = 10_000;

/**
 * Lines about bad data at a limited rate: for each reason the first at once, then at most one in
 * 10 s, which tells how many there were.
 */
export class Complaints<Reason extends string> {
  readonly #log: (line: string) => void;
  readonly #byReason = new Map<Reason, { saidMs: number; unsaid: number }>();

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** @param line what happened, made only when it is to be said */
  complain(reason: Reason, nowMs: number, line: () => string): void {
    const state = this.#byReason.get(reason);
    if (state === undefined) {
      this.#byReason.set(reason, { saidMs: nowMs, unsaid: 0 });
      this.#log(line());
      return;
    }
    state.unsaid++;
    if (nowMs - state.saidMs < QUIET_MS) return;
    this.#log(`${line()} (${state.unsaid} such since the last line)`);
    state.saidMs = nowMs;
    state.unsaid = 0;
  }
}
