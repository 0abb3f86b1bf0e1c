/** The standard's JSON.rawJSON, which TypeScript's library does not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * JSON in which a bigint is a plain integer, with all its digits: what Python reads back exactly.
 *
 * @param indent spaces a level; one line by default
 */
export function toJson(value: unknown, indent?: number): string {
  const exact = (_key: string, member: unknown) =>
    typeof member === "bigint" ? rawJSON(member.toString()) : member;
  return JSON.stringify(value, exact, indent);
}
