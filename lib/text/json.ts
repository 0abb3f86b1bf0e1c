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

/**
 * Reads JSON in which integers have all their digits: those beyond 2^53 - 1 become bigints.
 *
 * @throws {SyntaxError} when it is no JSON
 */
export function fromJson(text: string): unknown {
  return JSON.parse(text, exactInteger);
}

/** The third argument is the standard's, which TypeScript's library does not know yet. */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
