import { itemAt } from "../item_at.ts";
import { loadPart } from "../load_part.ts";
import type { Row } from "../recording/table/row.ts";
import { CAMERA_PIXELS } from "../wire/camera.ts";
import { EVENT_COLUMNS, type EventColumn, type ExportSource } from "./event_columns.ts";
import { npyHeader } from "./npy.ts";

/** Number of events whose voltages are passed on together. */
const EVENTS_PER_CHUNK = 64;

/**
 * Exports events as arrays for `numpy.load`: one for each event column, `slot`, `raw_line`, `x_mm`
 * and `y_mm` of each pixel, and `millivolts[event, pixel]`, NaN where a module is absent.
 *
 * An array starts with its length, so the events are read twice. The first pass counts them and
 * keeps everything except the voltages, 56 bytes an event.
 *
 * @param to receives the file
 * @returns the number of events
 */
export async function exportNpz(
  source: ExportSource,
  to: WritableStream<Uint8Array>,
): Promise<number> {
  const { makeZip } = await loadPart("the ZIP writer", () => import("client-zip"));
  const columns = EVENT_COLUMNS.map((column) => new KeptColumn(column));
  let events = 0;
  for await (const row of source.rows()) {
    for (const column of columns) column.add(row);
    events++;
  }
  const pixels = source.pixels.map((pixel) => itemAt(CAMERA_PIXELS, pixel));
  const bytes = (pick: (pixel: typeof pixels[number]) => number) => Uint8Array.from(pixels, pick);
  const places = (pick: (pixel: typeof pixels[number]) => number) =>
    new Uint8Array(Float64Array.from(pixels, pick).buffer);
  const sides = [pixels.length];
  const arrays = [
    ...columns.map(({ name, type, bytes }) => arrayOf(name, type, [events], bytes)),
    arrayOf("slot", "|u1", sides, bytes(({ slot }) => slot)),
    arrayOf("raw_line", "|u1", sides, bytes(({ rawLine }) => rawLine)),
    arrayOf("x_mm", "<f8", sides, places(({ xMm }) => xMm)),
    arrayOf("y_mm", "<f8", sides, places(({ yMm }) => yMm)),
    { name: "millivolts.npy", input: voltages(source, events) },
  ];
  await makeZip(arrays).pipeTo(to);
  return events;
}

/** A column's values in NumPy's layout, for any number of events. */
class KeptColumn {
  readonly name: string;
  readonly type: string;
  readonly #column: EventColumn;
  #view = new DataView(new ArrayBuffer(2 ** 10));
  #length = 0;

  constructor(column: EventColumn) {
    this.name = column.name;
    this.type = `<u${column.bits / 8}`;
    this.#column = column;
  }

  add(row: Row): void {
    const { bits, value } = this.#column;
    if (this.#length === this.#view.byteLength) {
      this.#view = new DataView(this.#view.buffer.transfer(2 * this.#length));
    }
    if (bits === 64) this.#view.setBigUint64(this.#length, value(row), true);
    else this.#view.setUint32(this.#length, Number(value(row)), true);
    this.#length += bits / 8;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#view.buffer, 0, this.#length);
  }
}

function arrayOf(
  name: string,
  type: string,
  shape: readonly number[],
  values: Uint8Array<ArrayBuffer>,
) {
  return { name: `${name}.npy`, input: new Blob([npyHeader(type, shape), values]) };
}

async function* voltages(
  { rows, pixels }: ExportSource,
  events: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield npyHeader("<f4", [events, pixels.length]);
  let chunk = new Float32Array(EVENTS_PER_CHUNK * pixels.length);
  let filled = 0;
  for await (const { millivolts } of rows()) {
    // Pixels are 0..2047. This loop runs for each event, so it does not check.
    for (const pixel of pixels) chunk[filled++] = millivolts[pixel] as number;
    if (filled < chunk.length) continue;
    yield new Uint8Array(chunk.buffer);
    chunk = new Float32Array(chunk.length);
    filled = 0;
  }
  yield new Uint8Array(chunk.buffer, 0, 4 * filled);
}
