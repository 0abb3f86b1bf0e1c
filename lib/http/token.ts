/** The shortest token, bytes. A shorter one could be guessed. */
export const MIN_TOKEN_BYTES = 16;

/** What is wrong with a token, and how to get a right one; undefined for a right one. */
export function tokenFault(token: string): string | undefined {
  const how = "make one with: openssl rand -hex 32";
  // These are the characters that a header can carry.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return `a token is one word of letters, digits and marks; ${how}`;
  }
  if (token.length < MIN_TOKEN_BYTES) {
    return `a token has at least ${MIN_TOKEN_BYTES} bytes, this one has ${token.length}; ${how}`;
  }
  return undefined;
}
