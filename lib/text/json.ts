/** The standard's JSON.rawJSON. TypeScript's library does not have it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Writes JSON. A bigint becomes a plain integer with all its digits. Python reads it back exactly.
 *
 * @param indent spaces for each level; by default everything is on one line
 */
export function toJson(value: unknown, indent?: number): string {
  const exact = (_key: string, member: unknown) =>
    typeof member === "bigint" ? rawJSON(member.toString()) : member;
  return JSON.stringify(value, exact, indent);
}

/**
 * Reads JSON. Integers keep all their digits: those beyond 2^53 - 1 become bigints.
 *
 * @throws {SyntaxError} if it is not JSON
 */
export function fromJson(text: string): unknown {
  return JSON.parse(text, exactInteger);
}

/** The third argument is in the standard. TypeScript's library does not have it yet. */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
