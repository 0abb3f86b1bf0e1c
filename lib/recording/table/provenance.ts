import { ConfigurationError } from "../../errors.ts";
import { COLUMNS } from "./columns.ts";

/** Attributes that the table itself uses. */
const RESERVED: ReadonlySet<string> = new Set([
  "CLASS",
  "VERSION",
  "TITLE",
  "NROWS",
  "ss_data_version",
  "ssl2asic_ch",
  ...Object.keys(COLUMNS).map((_, index) => `FIELD_${index}_NAME`),
]);

/**
 * Checks names of text attributes.
 *
 * @throws {ConfigurationError} if a name is empty or used by the table
 */
export function checkProvenance(provenance: Record<string, string>): void {
  for (const name of Object.keys(provenance)) {
    if (name === "") throw new ConfigurationError("provenance: an attribute needs a name");
    if (RESERVED.has(name)) {
      throw new ConfigurationError(
        `provenance: '${name}' is an attribute of the table itself; use another name`,
      );
    }
  }
}

/** The text attributes of a table that are not the table's own. */
export function provenanceIn(
  attributes: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      typeof value === "string" && name !== "" && !RESERVED.has(name) ? [[name, value]] : []
    ),
  );
}
