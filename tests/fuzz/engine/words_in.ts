/** Words longer than this help nobody. */
const MAX_WORD_LENGTH = 32;
const MAX_WORDS = 1000;

/**
 * The constants in source text as bytes to put into inputs: texts, and numbers as an input may hold
 * them. With them a comparison with a long constant is no barrier.
 */
export function wordsIn(source: string): Uint8Array[] {
  const words = new Map<string, Uint8Array>();
  const add = (bytes: Uint8Array) => {
    if (words.size < MAX_WORDS) words.set(bytes.join(), bytes);
  };
  const code = source.replaceAll(/\/\*[^]*?\*\/|(^|\s)\/\/.*$/gm, "");
  for (const [, text = ""] of code.matchAll(/["'`]([^"'`\n\\$]+)["'`]/g)) {
    if (text.length <= MAX_WORD_LENGTH && !text.startsWith(".")) {
      add(new TextEncoder().encode(text));
    }
  }
  for (const [text] of code.matchAll(/\b(?:0x[0-9a-f_]+|\d[\d_]+)n?\b/gi)) {
    const number = BigInt(text.replaceAll("_", "").replace(/n$/, ""));
    add(new TextEncoder().encode(`${number}`));
    for (const size of [2, 4, 8]) {
      if (number >> BigInt(8 * size) !== 0n) continue;
      const bytes = Array.from({ length: size }, (_, i) => Number(number >> BigInt(8 * i) & 0xffn));
      add(Uint8Array.from(bytes));
      add(Uint8Array.from(bytes.toReversed()));
    }
  }
  return [...words.values()];
}
