import type { Match, ReadoutComparison } from "./readout_comparison.ts";
import { RowPart, type RowProblems } from "./row_problems.ts";
import type { SentReadouts } from "./sent_readouts.ts";
import type { StoredEvents } from "./stored_events.ts";

/** Why a stored readout is not a sent one, in words. */
const WRONG: Record<Exclude<Match, "stored">, string> = {
  twice: "is stored twice",
  different: "was sent with other voltages",
  unknown: "was never sent",
};

/**
 * Compares all readouts that are stored with those that were sent, and notes what is found. It yields
 * the number of stored readouts compared, so that signals can be handled.
 *
 * @throws {OperationError} when a temporary file cannot be read, or too many readouts have the same
 * times
 */
export function compareAll(
  comparison: ReadoutComparison,
  sent: SentReadouts,
  stored: StoredEvents,
  problems: RowProblems,
): Generator<number, void, void> {
  return comparison.compare({
    stored: (slot) => stored.found(slot),
    found: (altered) => sent.found(altered),
    wrong: (row, slot, tackNs, why) =>
      problems.add(
        row,
        RowPart.slots + slot,
        () => `the readout of slot ${slot} at TACK ${tackNs} ns ${WRONG[why()]}`,
      ),
  });
}
