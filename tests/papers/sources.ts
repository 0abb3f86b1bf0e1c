import { readSource, sourceFilesIn } from "../source_files.ts";

let texts: string | undefined;

/**
 * All sources of the programs without their comments, with texts that are put together of several as one, and `…` for each
 * value in them.
 */
export function messageTexts(): string {
  texts ??= ["cli", "lib", "sim"].flatMap(sourceFilesIn).map(readSource).join("\n")
    .replace(/\/\*\*.*?\*\/|^\s*\/\/[^\n]*$/gms, "")
    // Values may have a text with a value of its own.
    .replace(/\$\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, "…")
    .replace(/["'`]\s*\+\s*["'`]/g, "");
  return texts;
}
