import type { RecorderLedger } from "../../../lib/ledger/ledger.ts";

/**
 * The least number of events that a recorder heard and that are in no file, over all its lives. A
 * later life may have fetched and stored what an earlier one could not. But each event is heard only
 * once: all heard events minus all stored events are missing for sure.
 */
export class UnstoredEvents {
  #atLeast = 0;

  /** After all lives that were added until now. */
  get atLeast(): number {
    return this.#atLeast;
  }

  /**
   * Adds a life that has ended.
   *
   * @param summary what it printed at its end; a killed process printed none
   * @param wasReady whether it was able to store events
   */
  add({ summary, wasReady }: { summary: unknown; wasReady: boolean }): void {
    const { ledger } = (summary ?? {}) as { ledger?: Partial<RecorderLedger> };
    const { recorder } = ledger ?? {};
    if (recorder === undefined) {
      // It may have stored all events that were missing before.
      if (wasReady) this.#atLeast = 0;
      return;
    }
    const { heard, duplicate, stored, unstored } = recorder;
    this.#atLeast = Math.max(unstored, this.#atLeast + heard - duplicate - stored);
  }
}
