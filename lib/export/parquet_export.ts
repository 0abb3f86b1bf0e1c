import type { ParquetWriter } from "hyparquet-writer";
import { loadPart } from "../load_part.ts";
import type { Row } from "../recording/table/row.ts";
import { EVENT_COLUMNS, type ExportSource, pixelColumn } from "./event_columns.ts";

/** Maximum number of voltages in a row group: 32 MB. */
const GROUP_VALUES = 2 ** 23;
/** Maximum number of events in a row group. */
const MAX_GROUP_EVENTS = 2 ** 16;

/**
 * Exports events as an Apache Parquet table with a column for each pixel: mV as 32-bit floats, NaN
 * where a module is absent. A row group has up to 8 388 608 voltages.
 *
 * @param path of the file; an existing file is replaced
 * @returns the number of events
 */
export async function exportParquet(
  { rows, pixels }: ExportSource,
  path: string,
): Promise<number> {
  const { fileWriter, ParquetWriter } = await loadPart(
    "the Parquet writer",
    () => import("hyparquet-writer"),
  );
  const parquet = new ParquetWriter({
    writer: fileWriter(path),
    createdBy: "ssdaq",
    schema: [
      { name: "events", num_children: EVENT_COLUMNS.length + pixels.length },
      ...EVENT_COLUMNS.map(({ name, bits }) => ({
        name,
        type: bits === 64 ? "INT64" as const : "INT32" as const,
        converted_type: bits === 64 ? "UINT_64" as const : "UINT_32" as const,
        repetition_type: "REQUIRED" as const,
      })),
      ...pixels.map((pixel) => ({
        name: pixelColumn(pixel),
        type: "FLOAT" as const,
        repetition_type: "REQUIRED" as const,
      })),
    ],
  });
  const group = new RowGroup(pixels);
  let events = 0;
  for await (const row of rows()) {
    events++;
    group.add(row);
    if (group.events === group.capacity) await group.write(parquet);
  }
  if (group.events > 0) await group.write(parquet);
  await parquet.finish();
  return events;
}

/** Events that are written together, column by column. */
class RowGroup {
  readonly capacity: number;
  events = 0;
  readonly #columns = EVENT_COLUMNS.map((column) => (
    { column, values: new Array<bigint | number>() }
  ));
  readonly #voltages: { pixel: number; values: Float32Array }[];

  constructor(pixels: readonly number[]) {
    const fitting = Math.floor(GROUP_VALUES / Math.max(pixels.length, 1));
    this.capacity = Math.min(fitting, MAX_GROUP_EVENTS);
    this.#voltages = pixels.map((pixel) => ({ pixel, values: new Float32Array(this.capacity) }));
  }

  /** Adds an event. There must be room for it. */
  add(row: Row): void {
    for (const { column: { bits, value }, values } of this.#columns) {
      values.push(bits === 64 ? value(row) : Number(value(row)));
    }
    // Pixels are 0..2047. This loop runs for each event, so it does not check.
    for (const { pixel, values } of this.#voltages) {
      values[this.events] = row.millivolts[pixel] as number;
    }
    this.events++;
  }

  /** Writes the events and empties the group. */
  async write(parquet: ParquetWriter): Promise<void> {
    await parquet.write({
      rowGroupSize: this.events,
      columnData: [
        ...this.#columns.map(({ column: { name }, values }) => ({ name, data: values })),
        ...this.#voltages.map(({ pixel, values }) => ({
          name: pixelColumn(pixel),
          data: values.subarray(0, this.events),
          // Readers disagree about the bounds of values with NaN.
          statistics: false,
        })),
      ],
    });
    for (const { values } of this.#columns) values.length = 0;
    this.events = 0;
  }
}
