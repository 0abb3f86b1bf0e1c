/**
 * Removes those files of coverage data that a process that was killed, or may not write, has left
 * half: one of them would have `deno coverage` fail.
 */
export function removeHalves(folder: string): void {
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
