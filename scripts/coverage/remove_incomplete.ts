/**
 * Removes incomplete files of coverage data, which a killed process leaves, or a process that may not
 * write. One of them would make `deno coverage` fail. There are very many files, so only the end of
 * each is read.
 */
export function removeIncomplete(folder: string): void {
  const end = new Uint8Array(2);
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    const path = `${folder}/${name}`;
    if (!isWhole(path, end)) Deno.removeSync(path);
  }
}

/** Whether a file ends as JSON does that was written whole: with a brace at the left edge. */
function isWhole(path: string, end: Uint8Array): boolean {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  if (size < end.length) return false;
  file.seekSync(-end.length, Deno.SeekMode.End);
  file.readSync(end);
  return new TextDecoder().decode(end) === "\n}";
}
