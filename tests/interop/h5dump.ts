import { assert } from "../assert.ts";
import { hasProgram } from "../has_program.ts";

/** A test that needs HDF5's own program to show files; skipped, and named so, where there is none. */
export function h5dumpTest(name: string, fn: () => Promise<void>): void {
  const isThere = hasProgram("h5dump");
  Deno.test({ name: name + (isThere ? "" : " (skipped: no h5dump)"), ignore: !isThere, fn });
}

/** What h5dump tells of a file, each run of blanks and line ends as one blank. */
export async function h5dump(file: string, ...options: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("h5dump", { args: [...options, file] })
    .output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout).replaceAll(/\s+/g, " ");
}
