import type { Ledger, LedgerSection } from "./ledger.ts";

/** A cause of lost or incomplete data: a counter of the ledger. */
export interface LossCause {
  /** The counter's name: `readouts late`. */
  label: string;
  /** The count; undefined if the ledger does not have the section. */
  count(ledger: Partial<Ledger>): number | undefined;
}

/** Every counter that should stay 0 while a daemon runs, in the order of the data flow. */
export const LOSS_CAUSES: readonly LossCause[] = [
  cause("packets", "kernelDropped"),
  cause("packets", "malformed"),
  cause("packets", "unknownSource"),
  cause("readouts", "late"),
  cause("readouts", "duplicate"),
  cause("events", "partial"),
  cause("events", "unsent"),
  cause("events", "undelivered"),
  cause("recorder", "missed"),
  cause("recorder", "unstored"),
];

function cause<S extends LedgerSection>(section: S, name: keyof Ledger[S] & string): LossCause {
  return {
    label: `${section} ${name}`,
    count: (ledger) => (ledger[section] as Record<string, number> | undefined)?.[name],
  };
}
