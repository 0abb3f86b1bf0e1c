import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { defineCommand } from "../../command.ts";
import { compression } from "../../options/compression_option.ts";
import { optional, withDefault } from "../../options/option.ts";
import { duration, positive } from "../../options/value.ts";
import { count, table } from "../../terminal/format.ts";
import { searchHighestRate, type SearchOptions } from "./bisect.ts";
import { runTrial, type Trial } from "./trial.ts";

const SEARCH: SearchOptions = { from: 2000, to: 200_000, tolerance: 0.05 };

/** The camera's own rate: each module sends one packet a second. */
const CAMERA_PACKETS_PER_SECOND = 32;

/** The rates that a recorder must reach, packets/s: 3000 and 8000 events/s. */
const RECORDED = [["gzip:1", 9600], ["none", 25_600]] as const;

/** `ssdaq bench`: the highest rate that this machine receives without a loss. */
export const bench = defineCommand({
  name: "bench",
  summary: "find the highest rate at which this machine loses nothing",
  usage: "bench [options]",
  maxOperands: 0,
  options: {
    duration: withDefault(duration, "5s", {
      placeholder: "TIME",
      help: "how long to send at each rate",
    }),
    rate: optional(positive, {
      placeholder: "N",
      help: "measure only this rate, in packets a second, and do not search",
    }),
    record: optional(compression, {
      placeholder: "HOW",
      help: "record too: none, or gzip:1 to gzip:9",
    }),
  },
  examples: [
    ["ssdaq bench", "with a subscriber that checks every event; then also with a recorder"],
    ["ssdaq bench --record gzip:1 --duration 30s", "with a recorder too"],
    ["ssdaq bench --rate 32 --duration 60s", "at the camera's own rate"],
  ],
  notes: "The simulator runs on this machine too and uses a part of it. The delay begins at the\n" +
    "first packet of an event. The command fails if an account does not close.",
  async run({ values, terminal, signal }) {
    const folder = await Deno.makeTempDir({ prefix: "ssdaq-bench-" });
    const trials: Trial[] = [];
    const measure = async (packetsPerSecond: number, record = values.record) => {
      signal.throwIfAborted();
      terminal.status(`measuring at ${count(packetsPerSecond)} packets/s`);
      const seconds = values.duration / 1000;
      const trial = await runTrial({ packetsPerSecond, seconds, record, folder });
      trials.push(trial);
      terminal.info(lineOf(trial));
      return { rate: trial.packetsPerSecond, lossFree: isLossFree(trial), trial };
    };
    try {
      const alone = values.rate;
      const best = alone === undefined
        ? await search(measure)
        : await measure(alone).then(({ lossFree, trial }) => lossFree ? trial : undefined);
      if (alone === undefined && values.record === undefined) {
        for (const [record, packetsPerSecond] of RECORDED) await measure(packetsPerSecond, record);
      }
      return {
        ok: trials.every(({ brokenIdentities }) => brokenIdentities.length === 0),
        data: { command: "bench", best: best ?? null, trials },
        text: textOf(trials, best),
      };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function search(
  measure: (rate: number) => Promise<{ rate: number; lossFree: boolean; trial: Trial }>,
): Promise<Trial | undefined> {
  await measure(CAMERA_PACKETS_PER_SECOND);
  const best = await searchHighestRate(SEARCH, measure);
  return best?.trial;
}

function isLossFree({ lost }: Trial): boolean {
  return Object.keys(lost).length === 0;
}

function lossText({ lost, brokenIdentities }: Trial): string {
  const causes = Object.entries(lost).map(([cause, number]) => `${cause} ${count(number)}`);
  return [...causes, ...brokenIdentities].join(", ") || "nothing";
}

function lineOf(trial: Trial): string {
  return `${count(trial.packetsPerSecond)} packets/s of ${count(trial.askedPacketsPerSecond)}: ` +
    `${lossText(trial)} lost`;
}

function textOf(trials: readonly Trial[], best: Trial | undefined): string {
  const names = [...new Set(trials.flatMap(({ processes }) => Object.keys(processes)))];
  const ms = (value: number | null) => value === null ? "-" : value.toFixed(2);
  const rows = trials.map((trial) => [
    trial.record ?? "no",
    count(trial.askedPacketsPerSecond),
    count(trial.packetsPerSecond),
    count(trial.eventsPerSecond),
    ...names.map((name) => cpuText(trial.processes[name]?.cpu)),
    ...names.slice(1).map((name) => bytesText(trial.processes[name]?.peakResidentBytes)),
    ms(trial.delayMs.p50),
    ms(trial.delayMs.p99),
    lossText(trial),
  ]);
  const header = [
    "record",
    "packets/s",
    "sent/s",
    "events/s",
    ...names.map((name) => `${name} CPU`),
    ...names.slice(1).map((name) => `${name} memory`),
    "delay p50 ms",
    "p99 ms",
    "lost",
  ];
  return [
    table([header, ...rows]),
    best === undefined
      ? "every rate had a loss"
      : `highest rate without a loss: ${count(best.packetsPerSecond)} packets/s, ` +
        `${count(best.eventsPerSecond)} events/s`,
  ].join("\n");
}

function cpuText(cpu: number | null = null): string {
  return cpu === null ? "-" : `${(cpu * 100).toFixed(1)} %`;
}

function bytesText(bytes: number | null = null): string {
  return bytes === null ? "-" : formatByteSize(bytes);
}
