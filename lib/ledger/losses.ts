import type { Ledger, LedgerSection } from "./ledger.ts";

/** A way in which data are lost or incomplete: a counter of the ledger. */
export interface LossCause {
  /** As the counter is called: `readouts late`. */
  label: string;
  /** How many there were; undefined where the ledger has no such section. */
  count(ledger: Partial<Ledger>): number | undefined;
}

/** Every counter that should stay 0 while a daemon runs, in the order of the data's way. */
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
