import { itemAt } from "../item_at.ts";
import { EVENT_COLUMNS, type ExportSource, pixelColumn } from "./event_columns.ts";

/** Text is passed on when it has this length. */
const CHUNK_CHARACTERS = 2 ** 20;

/** With this number of digits, a 32-bit float can be read back exactly. */
const FLOAT_DIGITS = 9;

/**
 * Writes events as lines of text (RFC 4180) after a line with column names. A voltage is in mV, and
 * empty if its module is absent. It has all digits of the 32-bit float in the file.
 *
 * @example
 * ```ts
 * import { exportCsv } from "@ssdaq/ssdaq/export";
 * import type { Row } from "@ssdaq/ssdaq/recording";
 * import { assertEquals } from "@std/assert";
 *
 * async function* rows(): AsyncGenerator<Row> {
 *   const millivolts = new Float32Array(2048).fill(NaN);
 *   millivolts[7] = 12.5;
 *   yield {
 *     ...{ number: 1n, run: 5n, timestampNs: 10n, receiveTime: 3, receiveSeconds: 3n, mask: 1 },
 *     ...{ receiveNanoseconds: 0n, flags: 2, epoch: 9, millivolts, timesNs: new BigUint64Array(64) },
 *   };
 * }
 * let text = "";
 * await exportCsv({ rows, pixels: [7, 64] }, (part) => text += part);
 * assertEquals(text.split("\n")[1], "1,5,10,3,0,1,1,2,9,12.5,");
 * ```
 *
 * @param write receives the text, piece by piece
 * @returns the number of events
 */
export async function exportCsv(
  { rows, pixels }: ExportSource,
  write: (text: string) => void,
): Promise<number> {
  let events = 0;
  let text = [...EVENT_COLUMNS.map(({ name }) => name), ...pixels.map(pixelColumn)].join(",") +
    "\n";
  for await (const row of rows()) {
    events++;
    text += EVENT_COLUMNS.map((column) => column.value(row)).join(",");
    for (const pixel of pixels) text += "," + csvValue(itemAt(row.millivolts, pixel));
    text += "\n";
    if (text.length < CHUNK_CHARACTERS) continue;
    write(text);
    text = "";
  }
  write(text);
  return events;
}

function csvValue(millivolts: number): string {
  return Number.isNaN(millivolts) ? "" : String(Number(millivolts.toPrecision(FLOAT_DIGITS)));
}
