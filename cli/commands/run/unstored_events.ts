import type { RecorderLedger } from "../../../lib/ledger/ledger.ts";

/**
 * How many events at least a recorder has heard of that are in no file, over all its lives. A later
 * life may have fetched and stored what an earlier one could not; what was heard is heard once, so
 * that what all have heard beyond what they stored is missing for sure.
 */
export class UnstoredEvents {
  #atLeast = 0;

  /** As of the lives added until now. */
  get atLeast(): number {
    return this.#atLeast;
  }

  /**
   * Adds a life that has ended.
   *
   * @param summary what it printed at its end; one that was killed printed none
   * @param wasReady whether it had come to store anything
   */
  add({ summary, wasReady }: { summary: unknown; wasReady: boolean }): void {
    const { ledger } = (summary ?? {}) as { ledger?: Partial<RecorderLedger> };
    const { recorder } = ledger ?? {};
    if (recorder === undefined) {
      // It may have stored all that was missing before.
      if (wasReady) this.#atLeast = 0;
      return;
    }
    const { heard, duplicate, stored, unstored } = recorder;
    this.#atLeast = Math.max(unstored, this.#atLeast + heard - duplicate - stored);
  }
}
