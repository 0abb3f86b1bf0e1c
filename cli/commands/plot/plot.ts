import { ConfigurationError, OperationError } from "../../../lib/errors.ts";
import { writeWhole } from "../../../lib/files/write_whole.ts";
import { pngOf } from "../../../lib/picture/png.ts";
import { TableReader } from "../../../lib/recording/read/table_reader.ts";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { MAX_EPOCH } from "../../../lib/wire/run_id.ts";
import { defineCommand } from "../../command.ts";
import { flag, optional, type Values, withDefault } from "../../options/option.ts";
import { PICTURE_OPTIONS } from "../../options/picture_options.ts";
import { integer, text, u64 } from "../../options/value.ts";
import { rowsOf } from "../../recording/file_rows.ts";
import { count } from "../../terminal/format.ts";
import { drawImage, drawSeries } from "./drawings.ts";

const FORMATS = ["svg", "png"] as const;

const options = {
  output: withDefault(text, "camera.svg", {
    short: "o",
    placeholder: "FILE",
    help: "picture to write: .svg or .png",
  }),
  event: optional(u64, { placeholder: "N", help: "draw the image of the event with this number" }),
  mean: flag({ help: "draw the mean of each pixel over all events (the default)" }),
  rms: flag({ help: "draw how much each pixel scatters around its mean" }),
  series: flag({ help: "draw modules, mean, largest and total amplitude against time" }),
  run: optional(u64, { placeholder: "N", help: "only events of this run" }),
  epoch: optional(integer(0, MAX_EPOCH), {
    placeholder: "N",
    help: "only events of this epoch: one start of a run",
  }),
  ...PICTURE_OPTIONS,
};

type PlotValues = Values<typeof options>;

/** `ssdaq plot`: draws pictures of a file. */
export const plot = defineCommand({
  name: "plot",
  summary: "draw the camera image or the time series of a file",
  usage: "plot FILE.h5 [options]",
  maxOperands: 1,
  options,
  examples: [
    ["ssdaq plot run.h5 -o camera.png", "the mean of each pixel, 0 to 400 mV"],
    ["ssdaq plot run.h5 --event 120 -o event.svg", "one event; each pixel shows its value"],
    ["ssdaq plot run.h5 --rms --range auto -o noise.png", "which pixels are noisy"],
    ["ssdaq plot run.h5 --series -o series.png", "modules and amplitudes against time"],
  ],
  notes: "You can draw a file that is still being written. An existing picture is replaced.",
  async run({ values, operands: [path], terminal, signal }) {
    if (path === undefined) {
      throw new ConfigurationError("plot: no file; give FILE.h5, see ssdaq plot --help");
    }
    const format = formatOf(values.output);
    const what = subjectOf(values);
    using reader = await TableReader.open(path);
    const rows = rowsOf(reader, {
      isWanted: ({ run, epoch }) =>
        run === (values.run ?? run) && epoch === (values.epoch ?? epoch),
      onProgress: (rows) => terminal.status(`read ${count(rows)} of ${count(reader.rows)} events`),
      signal,
      output: values.output,
    });
    const drawn =
      await (what === "series" ? drawSeries(rows, path) : drawImage(what, rows, path, values));
    if (drawn === undefined) throw new OperationError(nothingFound(reader, values));
    const bytes = format === "svg" ? new TextEncoder().encode(drawn.svg) : await pngOf(drawn.svg);
    writeWhole("--output", values.output, bytes);
    const { events } = drawn;
    return {
      data: { command: "plot", path, output: values.output, what, events, bytes: bytes.length },
      text: `${values.output}: ${what} of ${count(events)} events, ${formatByteSize(bytes.length)}`,
    };
  },
});

function formatOf(output: string): typeof FORMATS[number] {
  const format = FORMATS.find((format) => output.toLowerCase().endsWith(`.${format}`));
  if (format !== undefined) return format;
  throw new ConfigurationError(`--output ${output}: give a name that ends with .svg or .png`);
}

/** What to draw. */
function subjectOf({ event, mean, rms, series }: PlotValues) {
  const asked = Object.entries({ event: event !== undefined, mean, rms, series })
    .filter(([, given]) => given).map(([name]) => name);
  if (asked.length > 1) {
    throw new ConfigurationError(
      `plot: ${asked.map((name) => `--${name}`).join(" and ")}: give only one of them`,
    );
  }
  return (asked[0] ?? "mean") as "event" | "mean" | "rms" | "series";
}

function nothingFound({ path, rows }: TableReader, { event, run, epoch }: PlotValues): string {
  if (rows === 0) return `${path} has no event: there is nothing to draw`;
  const wanted = [
    ...(event === undefined ? [] : [`event ${event}`]),
    ...(run === undefined ? [] : [`run ${run}`]),
    ...(epoch === undefined ? [] : [`epoch ${epoch}`]),
  ];
  return `${path} has no ${wanted.join(" of ")}; see ssdaq info ${path}`;
}
