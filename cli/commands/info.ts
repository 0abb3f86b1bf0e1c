import { ConfigurationError } from "../../lib/errors.ts";
import type { Ledger, RecorderLedger } from "../../lib/ledger/ledger.ts";
import { PixelStatistics } from "../../lib/picture/pixel_statistics.ts";
import { automaticScale, tickText } from "../../lib/picture/scale.ts";
import { terminalPicture } from "../../lib/picture/terminal_picture.ts";
import { FileSummary, type RunSummary } from "../../lib/recording/read/file_summary.ts";
import { type FileAccount, TableReader } from "../../lib/recording/read/table_reader.ts";
import { formatByteSize } from "../../lib/text/byte_size.ts";
import { formatDuration } from "../../lib/text/duration.ts";
import { utcText } from "../../lib/text/time_text.ts";
import { defineCommand } from "../command.ts";
import { rowsOf } from "../recording/file_rows.ts";
import { count, ledgerText, percent, table } from "../terminal/format.ts";

/** Attributes that the text shows; `--json` has all. */
const SHOWN_ATTRIBUTES = ["ssdaq_version", "host", "endpoints", "start_time"];

/** `ssdaq info`: shows what a file contains. */
export const info = defineCommand({
  name: "info",
  summary: "show what a file contains",
  usage: "info FILE.h5 [options]",
  maxOperands: 1,
  options: {},
  examples: [
    ["ssdaq info run.h5", "runs, events, modules, and the origin of the file"],
    ["ssdaq info run.h5 --json", "the same for scripts, with all attributes"],
  ],
  notes:
    "You can read a file that is still being written. On a terminal, info also shows a small\n" +
    "camera image; ssdaq plot draws a large one.",
  async run({ operands: [path], terminal, signal }) {
    if (path === undefined) {
      throw new ConfigurationError("info: no file; give FILE.h5, see ssdaq info --help");
    }
    return await summarize(path, (line) => terminal.status(line), signal);
  },
});

async function summarize(path: string, status: (line: string) => void, signal: AbortSignal) {
  using reader = await TableReader.open(path);
  const { rows, bytes, unclosed, chunkRows, filters, attributes } = reader;
  const [summary, pixels] = [new FileSummary(), new PixelStatistics()];
  const onProgress = (done: number) => status(`read ${count(done)} of ${count(rows)} events`);
  for await (const row of rowsOf(reader, { onProgress, signal })) {
    summary.add(row);
    pixels.add(row.millivolts);
  }
  const { runs } = summary;
  const account = reader.account();
  const shown = SHOWN_ATTRIBUTES.filter((name) => name in attributes);
  return {
    data: {
      command: "info",
      path,
      bytes,
      rows,
      unclosed,
      chunkRows,
      filters,
      attributes,
      runs,
      account: account && {
        ...account,
        ledger: account.daemonRun === 0n ? recorderPart(account.ledger) : account.ledger,
      },
    },
    text: [
      `${path}: ${count(rows)} events, ${formatByteSize(bytes)}, ` +
      (filters.length === 0 ? "no filters" : filters.join(" + ")),
      ...(unclosed ? ["the file is being written, or its recorder was killed"] : []),
      ...shown.map((name) => `${name.padEnd(14)} ${attributes[name]}`),
      ...runs.map((run) => runText(run, runs)),
      ...(Deno.stdout.isTerminal() && rows > 0 ? imageText(pixels.means) : []),
      ...(account ? [accountText(account)] : []),
    ].join("\n"),
  };
}

/** A small image of each pixel's mean, with its colour scale. */
function imageText(means: Float64Array): string[] {
  const scale = automaticScale(means);
  const { low, high } = scale;
  return [
    `mean of each pixel, ${tickText(low)} (dark) to ${tickText(high)} mV (bright)`,
    ...terminalPicture(means, scale, { colour: !Deno.noColor }).map((line) => `  ${line}`),
  ];
}

/** Only the sections that a recorder knows. */
function recorderPart({ recorder, refused }: Ledger): RecorderLedger {
  return { recorder, refused };
}

function accountText({ closed, time, daemonRun, ledger }: FileAccount): string {
  const known = daemonRun === 0n ? recorderPart(ledger) : ledger;
  return `account at ${utcText(time)}, ${
    closed ? "when the file was closed" : "the last one in the file"
  }` +
    `\n${ledgerText(known)}`;
}

function runText(run: RunSummary, runs: readonly RunSummary[]): string {
  const hasNamesake = runs.some((other) => other.run === run.run && other !== run);
  const seconds = Number(run.lastTimestampNs - run.firstTimestampNs) / 1e9;
  const flagged = { deadline: run.deadline, evicted: run.evicted, resets: run.resets };
  const notes = Object.entries(flagged).filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${count(value)}`);
  const modules = run.bySlot.filter((events) => events > 0).length;
  const gaps = run.bySlot.flatMap((events, slot) =>
    events > 0 && events < run.events
      ? [[`  slot ${slot}`, `${count(events)}`, percent(events, run.events)]]
      : []
  );
  return [
    `run ${run.run}${
      hasNamesake ? `, epoch ${run.epoch}` : ""
    }: events ${run.firstNumber} to ${run.lastNumber}, ${count(run.missing)} missing, ` +
    `${count(run.complete)} of ${count(run.events)} complete, ${modules} modules`,
    `  received ${utcText(run.firstReceiveTime)} to ${utcText(run.lastReceiveTime)}; ` +
    `camera time ${formatDuration(seconds * 1000)}` +
    (notes.length === 0 ? "" : `; ${notes.join(", ")}`),
    ...(gaps.length === 0 ? [] : [table(gaps)]),
  ].join("\n");
}
