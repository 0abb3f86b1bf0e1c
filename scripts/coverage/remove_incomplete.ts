/**
 * Removes incomplete files of coverage data, which a killed process leaves, or a process that may not
 * write. One of them would make `deno coverage` fail.
 */
export function removeIncomplete(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    const path = `${folder}/${name}`;
    try {
      JSON.parse(Deno.readTextFileSync(path));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      Deno.removeSync(path);
    }
  }
}
