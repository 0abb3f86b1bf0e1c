import { EVENT_COLUMNS, type ExportSource, pixelColumn } from "./event_columns.ts";

/** Text is handed on when it is this long. */
const CHUNK_CHARACTERS = 2 ** 20;

/** Digits after which a 32-bit float is read back as it was. */
const FLOAT_DIGITS = 9;

/**
 * Events as lines of text (RFC 4180), below a line with the columns' names. A voltage is in mV, and
 * empty where its module is absent; it has all digits of the 32-bit float that the file has.
 *
 * @param write given the text, piece by piece
 * @returns how many events there were
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
    for (const pixel of pixels) text += "," + csvValue(row.millivolts[pixel]);
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
