import { join } from "node:path";
import { TableReader } from "../../lib/recording/read/table_reader.ts";
import { ROW_BYTES } from "../../lib/recording/table/columns.ts";
import { eventIn } from "../../lib/recording/table/row.ts";

/** The recorded files in a folder, in order: those whose names begin with `p.`. */
export function filesIn(folder: string): string[] {
  return namesIn(folder).filter((name) => /^p\.\d+\.h5$/.test(name));
}

/** All names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** The numbers of all events in the files of a folder. */
export async function numbersIn(folder: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of filesIn(folder)) {
    using reader = await TableReader.open(join(folder, name));
    for (const { bytes } of reader.blocks()) {
      for (let at = 0; at < bytes.length; at += ROW_BYTES) {
        numbers.push(Number(eventIn(bytes, at).number));
      }
    }
  }
  return numbers;
}

/**
 * Checks that each number is there once and in order.
 *
 * @throws {Error} with the first one that is not
 */
export function checkRising(numbers: readonly number[], first = 1): void {
  const wrong = numbers.findIndex((number, index) => number !== first + index);
  if (wrong < 0) return;
  throw new Error(`row ${wrong} has event ${numbers[wrong]} instead of ${first + wrong}`);
}
