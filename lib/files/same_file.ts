/** Whether a path leads to a file that is open, and not to another one or to none. */
export function isSameFile(file: Deno.FsFile, path: string): boolean {
  const { dev, ino } = file.statSync();
  try {
    const there = Deno.statSync(path);
    return there.dev === dev && there.ino === ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
