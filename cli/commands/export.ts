import { basename } from "node:path";
import { ConfigurationError, OperationError, reasonOf, ValueError } from "../../lib/errors.ts";
import { exportCsv } from "../../lib/export/csv_export.ts";
import { ALL_PIXELS, type ExportSource } from "../../lib/export/event_columns.ts";
import { exportNpz } from "../../lib/export/npz_export.ts";
import { exportParquet } from "../../lib/export/parquet_export.ts";
import { DraftFile } from "../../lib/files/draft_file.ts";
import { checkReplaceable } from "../../lib/files/file_kind.ts";
import { TableReader } from "../../lib/recording/read/table_reader.ts";
import type { Row } from "../../lib/recording/table/row.ts";
import { formatByteSize } from "../../lib/text/byte_size.ts";
import { PIXELS_PER_MODULE } from "../../lib/wire/camera.ts";
import { EventFlag } from "../../lib/wire/event.ts";
import { MAX_EPOCH } from "../../lib/wire/run_id.ts";
import { defineCommand } from "../command.ts";
import { flag, list, optional, type Values } from "../options/option.ts";
import { choice, integer, pixel, text, u64, value } from "../options/value.ts";
import { rowsOf } from "../recording/file_rows.ts";
import { count } from "../terminal/format.ts";
import type { Terminal } from "../terminal/terminal.ts";

const FORMATS = ["csv", "npz", "parquet"] as const;
type Format = typeof FORMATS[number];

/** The name that means stdout. */
const STDOUT = "-";

/** How the names of recordings end. */
const RECORDING = /\.h(df)?5$/i;

const MAX_U64 = 2n ** 64n - 1n;

/** A range of event numbers, both ends included. */
const numbers = value<{ from: bigint; to: bigint }>(
  (key, written) => {
    const [, from, dots, to] = /^(\d{1,20})(?:(\.\.)(\d{1,20})?)?$/.exec(written) ?? [];
    if (from === undefined) {
      throw new ValueError(key, written, "give N, A..B or A.., such as 100..199");
    }
    const range = {
      from: BigInt(from),
      to: dots === undefined ? BigInt(from) : to === undefined ? MAX_U64 : BigInt(to),
    };
    if (range.from <= range.to) return range;
    throw new ValueError(key, written, "give the smaller number first");
  },
  "`N`, `A..B` (both included) or `A..`",
  { type: ["string", "integer"], examples: ["100..199", "100.."] },
);

const options = {
  to: optional(choice(...FORMATS), {
    placeholder: "FORMAT",
    help: "csv, npz (NumPy) or parquet [from the name of --output, or csv]",
  }),
  output: optional(text, {
    short: "o",
    placeholder: "FILE",
    help: "file to write [FILE.h5's name, in this folder]; csv: - is stdout",
  }),
  events: list(numbers, { placeholder: "A..B", help: "only events with these numbers" }),
  run: optional(u64, { placeholder: "N", help: "only events of this run" }),
  epoch: optional(integer(0, MAX_EPOCH), {
    placeholder: "N",
    help: "only events of this epoch: one start of a run",
  }),
  complete: flag({ help: "only events with every expected module" }),
  slot: list(integer(0, 31), { placeholder: "N", help: "only the pixels of this slot" }),
  pixel: list(pixel, { placeholder: "SLOT:LINE", help: "only this pixel, by slot and raw line" }),
};

type ExportValues = Values<typeof options>;

/** `ssdaq export`: writes a file's events for other programs. */
export const exportCommand = defineCommand({
  name: "export",
  summary: "write a file's events as CSV, NumPy arrays or Parquet",
  usage: "export FILE.h5 [options]",
  maxOperands: 1,
  options,
  examples: [
    ["ssdaq export run.h5 --to npz", "arrays for numpy.load, in run.npz"],
    ["ssdaq export run.h5 -o run.parquet --complete", "a table for pandas or polars"],
    ["ssdaq export run.h5 --events 100..199 --slot 7", "a module's pixels, in run.csv"],
    ["ssdaq export run.h5 --pixel 7:12 -o -", "one pixel against time, on stdout"],
  ],
  notes: "One row an event, one column a pixel, in mV; an absent module is empty (csv) or NaN.\n" +
    "You can export a file that is still being written. An existing output file is replaced.",
  hasTable: false,
  async run({ values, operands: [path], terminal, signal }) {
    if (path === undefined) {
      throw new ConfigurationError("export: no file; give FILE.h5, see ssdaq export --help");
    }
    const { format, output } = destinationOf(values, path);
    using reader = await TableReader.open(path);
    const source: ExportSource = {
      pixels: pixelsOf(values),
      rows: () =>
        rowsOf(reader, {
          isWanted: (row) => isWanted(row, values),
          onProgress: (rows) =>
            terminal.status(`${output}: read ${count(rows)} of ${count(reader.rows)} events`),
          signal,
          output: output === STDOUT ? undefined : output,
        }),
    };
    if (output === STDOUT) return await toStdout(source, terminal);
    const { events, bytes } = await write(source, format, output, () => nothingFound(path, values));
    const pixels = source.pixels.length;
    return {
      data: { command: "export", path, output, format, events, pixels, bytes },
      text: `${output}: ${count(events)} events, ${count(pixels)} pixels, ${formatByteSize(bytes)}`,
    };
  },
});

function destinationOf(
  { to, output, json }: ExportValues & { json: boolean },
  path: string,
): { format: Format; output: string } {
  const format = to ?? formatByName(output);
  if (output === STDOUT && format !== "csv") {
    throw new ConfigurationError(`--output - and --to ${format}: only csv goes to stdout`);
  }
  if (output === STDOUT && json) {
    throw new ConfigurationError("--output - and --json: both use stdout; give only one of them");
  }
  const name = output ?? `${basename(path).replace(RECORDING, "")}.${format}`;
  if (RECORDING.test(name) || isSameFile(name, path)) {
    throw new ConfigurationError(
      `--output ${name}: export does not replace a recording; give another name`,
    );
  }
  return { format, output: name };
}

function formatByName(output: string | undefined): Format {
  if (output === undefined || output === STDOUT) return "csv";
  const format = FORMATS.find((format) => output.toLowerCase().endsWith(`.${format}`));
  if (format !== undefined) return format;
  throw new ConfigurationError(
    `--output ${output}: give a name that ends with .csv, .npz or .parquet, or give --to FORMAT`,
  );
}

function isSameFile(one: string, other: string): boolean {
  try {
    return Deno.realPathSync(one) === Deno.realPathSync(other);
  } catch {
    // One of them does not exist. Opening it gives the error.
    return false;
  }
}

/** The requested pixels, each once, in the camera's order. */
function pixelsOf({ slot: slots, pixel: pixels }: ExportValues): readonly number[] {
  if (slots.length === 0 && pixels.length === 0) return ALL_PIXELS;
  return ALL_PIXELS.filter((pixel) =>
    slots.includes(Math.floor(pixel / PIXELS_PER_MODULE)) || pixels.includes(pixel)
  );
}

function isWanted(row: Row, { events, run, epoch, complete }: ExportValues): boolean {
  if (run !== undefined && row.run !== run) return false;
  if (epoch !== undefined && row.epoch !== epoch) return false;
  if (complete && (row.flags & EventFlag.complete) === 0) return false;
  return events.length === 0 ||
    events.some(({ from, to }) => row.number >= from && row.number <= to);
}

async function toStdout(source: ExportSource, terminal: Terminal) {
  const events = await exportCsv(source, (text) => terminal.print(text.replace(/\n$/, "")));
  terminal.info(`${count(events)} events, ${count(source.pixels.length)} pixels`);
  return { text: "" };
}

/** Writes a complete file, or none. */
async function write(
  source: ExportSource,
  format: Format,
  output: string,
  nothing: () => string,
): Promise<{ events: number; bytes: number }> {
  let draft: DraftFile | undefined;
  try {
    checkReplaceable(output);
    draft = new DraftFile(output);
    const events = await writeAs(format, source, draft);
    if (events === 0) throw new OperationError(nothing());
    const { size } = Deno.statSync(draft.draftPath);
    draft.publish(true);
    draft.file.close();
    return { events, bytes: size };
  } catch (error) {
    draft?.discard();
    if (error instanceof OperationError) throw error;
    const reason = error instanceof Deno.errors.NotFound
      ? "the folder does not exist"
      : reasonOf(error);
    throw new OperationError(`--output: cannot write ${output}: ${reason}`, { cause: error });
  }
}

async function writeAs(format: Format, source: ExportSource, draft: DraftFile): Promise<number> {
  switch (format) {
    case "csv": {
      const encoder = new TextEncoder();
      return await exportCsv(source, (text) => writeAll(draft.file, encoder.encode(text)));
    }
    case "npz":
      return await exportNpz(
        source,
        new WritableStream({ write: (bytes) => writeAll(draft.file, bytes) }),
      );
    case "parquet":
      return await exportParquet(source, draft.draftPath);
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

function nothingFound(path: string, { events, run, epoch, complete }: ExportValues): string {
  const wanted = [
    ...(events.length === 0 ? [] : ["with these numbers"]),
    ...(run === undefined ? [] : [`of run ${run}`]),
    ...(epoch === undefined ? [] : [`of epoch ${epoch}`]),
    ...(complete ? ["that is complete"] : []),
  ];
  return `${path} has no event ${wanted.join(" ")}`.trimEnd() + `; see ssdaq info ${path}`;
}
