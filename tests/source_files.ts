const ROOT = new URL("../", import.meta.url);

/** Paths of all TypeScript files in a folder of the project, such as `lib`, and in its folders. */
export function sourceFilesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, ROOT)), ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? sourceFilesIn(path) : name.endsWith(".ts") ? [path] : [];
  }).flat();
}

/** The text of a file of the project. */
export function readSource(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}
