const ROOT = new URL("../../", import.meta.url);

let texts: string | undefined;

/**
 * All sources of the programs without their comments, with texts that are put together of several as one, and `…` for each
 * value in them.
 */
export function messageTexts(): string {
  texts ??= ["cli", "lib", "sim"].flatMap(sourcesIn).join("\n")
    .replace(/\/\*\*.*?\*\/|^\s*\/\/[^\n]*$/gms, "")
    // Values may have a text with a value of its own.
    .replace(/\$\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, "…")
    .replace(/["'`]\s*\+\s*["'`]/g, "");
  return texts;
}

function sourcesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, ROOT)), ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourcesIn(path);
    return name.endsWith(".ts") ? [Deno.readTextFileSync(new URL(path, ROOT))] : [];
  }).flat();
}
