import { createHash } from "node:crypto";
import { ensureDirSync } from "../../../scripts/fs.ts";

/** Name of the file for an input. */
export function nameOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 16);
}

/** The inputs in a folder, the shortest first; none if there is no folder. */
export function readCorpus(folder: string): Uint8Array[] {
  try {
    return Array.from(
      Deno.readDirSync(folder),
      ({ name }) => Deno.readFileSync(`${folder}/${name}`),
    )
      .sort((a, b) => a.length - b.length || nameOf(a).localeCompare(nameOf(b)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Makes a folder contain these inputs, and no others. */
export function writeCorpus(folder: string, inputs: readonly Uint8Array[]): void {
  ensureDirSync(folder);
  const names = new Set(inputs.map(nameOf));
  for (const { name } of Deno.readDirSync(folder)) {
    if (!names.has(name)) Deno.removeSync(`${folder}/${name}`);
  }
  for (const input of inputs) Deno.writeFileSync(`${folder}/${nameOf(input)}`, input);
}
