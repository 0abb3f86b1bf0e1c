/** What is left of a recording after a power cut. */

import { messageOf } from "../../lib/errors.ts";
import { repairFile } from "../../lib/recording/repair/repair.ts";
import { replaced } from "../replaced.ts";
import { readNumbers } from "../lib/recording/fixtures.ts";
import type { DiskState } from "./power_cut.ts";

/** What repair found. */
export interface Aftermath {
  /** Events in the repaired files, in order of files and rows. */
  numbers: number[];
  /** Why files could not be repaired. */
  refusals: string[];
  /** Events that were counted as synced, and are in no file. */
  lost: number[];
}

/** Writes a state into an empty folder. */
export function layOut(folder: string, { files }: DiskState): void {
  for (const [name, bytes] of files) Deno.writeFileSync(`${folder}/${name}`, bytes);
}

/** Removes all files of a folder. */
export function sweep(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(`${folder}/${name}`);
}

/** Repairs each file in a folder, and reads all of them. */
export async function repairAll(folder: string, counted: readonly number[]): Promise<Aftermath> {
  using _fast = withoutWaiting();
  const refusals: string[] = [];
  const numbers: number[] = [];
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => /^[^.].*\.h5$/.test(name)).sort();
  for (const name of names) {
    try {
      await repairFile(`${folder}/${name}`);
      numbers.push(...await readNumbers(`${folder}/${name}`));
    } catch (error) {
      refusals.push(messageOf(error));
    }
  }
  const found = new Set(numbers);
  return { numbers, refusals, lost: counted.filter((number) => !found.has(number)) };
}

/** The repair need not wait for the disk of the test. */
function withoutWaiting(): Disposable {
  const stack = new DisposableStack();
  stack.use(replaced(Deno.FsFile.prototype, "syncSync", () => {}));
  stack.use(replaced(Deno.FsFile.prototype, "syncDataSync", () => {}));
  return stack;
}
