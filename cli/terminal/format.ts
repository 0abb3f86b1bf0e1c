import { itemAt } from "../../lib/item_at.ts";
import { brokenIdentities, type Ledger } from "../../lib/ledger/ledger.ts";

/** A whole number with groups of three digits. */
export function count(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, " ");
}

/** A rate; small ones with one decimal. */
export function perSecond(rate: number): string {
  return rate < 100 ? rate.toFixed(1) : count(rate);
}

/** A fraction in per cent. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${(Math.floor(part / whole * 1000) / 10).toFixed(1)} %`;
}

/** Rows in aligned columns: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(itemAt(widths, column)) : cell.padStart(itemAt(widths, column))
    ).join("  ").trimEnd()
  ).join("\n");
}

/** The counters of a ledger, and whether its account closes; reasons that are 0 are left out. */
export function ledgerText(ledger: Partial<Ledger>): string {
  const lines = Object.entries(ledger).map(([section, counters]) => {
    const isReasons = section === "malformed" || section === "refused";
    const shown = Object.entries(counters).filter(([, value]) => !isReasons || value > 0);
    if (shown.length === 0) return undefined;
    return `${section.padEnd(10)}${
      shown.map(([name, value]) => `${name} ${count(value)}`).join("  ")
    }`;
  });
  const broken = brokenIdentities(ledger);
  return [
    ...lines.filter((line) => line !== undefined),
    broken.length === 0 ? "the account closes" : `THE ACCOUNT DOES NOT CLOSE: ${broken.join("; ")}`,
  ].join("\n");
}
