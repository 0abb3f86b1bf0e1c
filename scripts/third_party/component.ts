import { fileURLToPath } from "node:url";

/** Something in the executable that others have made. */
export interface Component {
  name: string;
  /** Undefined where it is built into something that does not tell it. */
  version?: string | undefined;
  /** SPDX expression. */
  licence: string;
  /** Address of its source. */
  source: string;
  /** What it must be given on under; of licences to choose from, only the chosen one. */
  terms: Terms[];
}

/** A licence as one holder gives it. */
export interface Terms {
  /** What the text is called, where it is no package's own. */
  title?: string;
  /** Whose it is, where the text does not say so itself; else empty. */
  notice: string;
  text: string;
}

/** Licence texts without a holder's name. */
const STANDARD = ["MIT", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "ISC", "Apache-2.0"] as const;

/** Licence texts that are kept here: see README.md beside them. */
export type KeptText =
  | typeof STANDARD[number]
  | "MPL-2.0"
  | "Unicode-3.0"
  | "HDF5-LBNL"
  | "LLVM-exception";

/** Terms whose text is kept here. */
export function termsOf(text: KeptText, notice = ""): Terms {
  return { title: text, notice, text: keptText(text) };
}

/**
 * Divides a licence file into the holder's notice and a licence text that is kept here.
 *
 * @returns the whole file as text, without a notice, when it has no such text word by word
 */
export function divideTerms(file: string): Terms {
  const text = tidy(file);
  for (const name of STANDARD) {
    const kept = keptText(name);
    const words = kept.split(/\s+/).filter((word) => word !== "").map(RegExp.escape);
    const found = new RegExp(words.join("\\s+")).exec(text);
    if (found === null) continue;
    const after = text.slice(found.index + found[0].length);
    if (after.trim() !== "" && !HOW_TO_APPLY.test(after)) continue;
    const holders = [...after.matchAll(/^ *(Copyright [^[{<\n]*)$/gm)].map(([, holder]) => holder);
    const before = text.slice(0, found.index).replace(TITLE, "").trim();
    return { title: name, notice: [before, ...holders].join("\n").trim(), text: kept };
  }
  return { notice: "", text };
}

/** What follows the text of Apache-2.0, with the holder's name or a gap for it. */
const HOW_TO_APPLY = /^\s+APPENDIX: How to apply the Apache License/;

const TITLE = /^ *(?:the )?mit license(?: \(mit\))?:?$/im;

function keptText(name: KeptText): string {
  return tidy(
    Deno.readTextFileSync(fileURLToPath(new URL(`texts/${name}.txt`, import.meta.url))),
  );
}

/** The same text, however its lines end. */
function tidy(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/[ \t\f]+$/gm, "").replace(/^\n+|\n+$/g, "");
}
