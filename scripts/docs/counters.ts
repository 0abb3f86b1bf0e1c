import { ledgerText } from "../../cli/terminal/format.ts";
import { COUNTERS, IDENTITIES, newDaemonLedger } from "../../lib/ledger/ledger.ts";
import { markdownTable } from "./markdown_table.ts";

/** Every counter, with the ledger's description. */
export function countersPart(): string {
  const rows = Object.entries(COUNTERS).flatMap(([section, counters]) =>
    Object.entries(counters).map(([name, words]) => [section, `\`${name}\``, words])
  );
  return markdownTable([["section", "counter", "counts"], ...rows]);
}

/** The equations between them. */
export function equationsPart(): string {
  const rows = IDENTITIES.map(({ text }) => text.split(": "));
  return markdownTable([["section", "equation"], ...rows]);
}

/** The summary of a daemon, for a camera with three refused packets. */
export function summaryPart(): string {
  const ledger = newDaemonLedger();
  Object.assign(ledger.packets, { received: 963, accepted: 960, malformed: 2, unknownSource: 1 });
  Object.assign(ledger.malformed, { fractional: 2 });
  Object.assign(ledger.readouts, { decoded: 9600, placed: 9598, late: 2 });
  Object.assign(ledger.events, { built: 300, complete: 298, partial: 2, published: 300 });
  return ["```text", ledgerText(ledger), "```"].join("\n");
}
