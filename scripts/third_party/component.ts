import { fileURLToPath } from "node:url";

/** Software of others in the executable. */
export interface Component {
  name: string;
  /** Undefined for software that is built into a package which does not tell its version. */
  version?: string | undefined;
  /** SPDX expression. */
  licence: string;
  /** Address of its source. */
  source: string;
  /** Its licence texts; where licences may be chosen, only the chosen one. */
  terms: Terms[];
}

/** A licence text of one holder. */
export interface Terms {
  /** The name of the text, unless it is a package's own. */
  title?: string;
  /** The copyright notice, where the text has none; else empty. */
  notice: string;
  text: string;
}

/** Licence texts without a holder's name. */
const STANDARD = ["MIT", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "ISC", "Apache-2.0"] as const;

/** Licence texts that are kept here; see README.md beside them. */
export type KeptText =
  | typeof STANDARD[number]
  | "MPL-2.0"
  | "Unicode-3.0"
  | "HDF5-LBNL"
  | "LLVM-exception";

/** A licence whose text is kept here. */
export function termsOf(text: KeptText, notice = ""): Terms {
  return { title: text, notice, text: keptText(text) };
}

/**
 * Divides a licence file into the holder's notice and a text that is kept here.
 *
 * @returns the whole file as text, without a notice, when it does not contain such a text exactly
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

/** The end of the text of Apache-2.0, with the holder's name or a gap for it. */
const HOW_TO_APPLY = /^\s+APPENDIX: How to apply the Apache License/;

const TITLE = /^ *(?:the )?mit license(?: \(mit\))?:?$/im;

function keptText(name: KeptText): string {
  return tidy(
    Deno.readTextFileSync(fileURLToPath(new URL(`texts/${name}.txt`, import.meta.url))),
  );
}

/** The text without differences in line endings and spaces. */
function tidy(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/[ \t\f]+$/gm, "").replace(/^\n+|\n+$/g, "");
}
