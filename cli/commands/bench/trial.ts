import { OperationError } from "../../../lib/errors.ts";
import {
  brokenIdentities,
  type DaemonLedger,
  type RecorderLedger,
} from "../../../lib/ledger/ledger.ts";
import type { Compression } from "../../../lib/recording/table/compression.ts";
import type { EventStatisticsSummary } from "../../../lib/statistics/event_statistics.ts";
import type { SimulatorSummary } from "../../../sim/simulator_summary.ts";
import { daemonPlaces, SsdaqProcess } from "../../process/ssdaq_process.ts";
import { type MeasuredUsage, Meter } from "./meter.ts";

/** One run of the whole chain. */
export interface TrialOptions {
  /** Packets a second from all 32 modules; Infinity: as fast as possible. */
  packetsPerSecond: number;
  /** How long to send. */
  seconds: number;
  /** Also record, with this compression. */
  record?: Compression | undefined;
  /** Folder for the recorder's file. */
  folder: string;
}

/** The results of one run. */
export interface Trial {
  /** Compression of the recorder; null without one. */
  record: Compression | null;
  askedPacketsPerSecond: number;
  /** The rate that the simulator reached. */
  packetsPerSecond: number;
  eventsPerSecond: number;
  /** What was lost, by the name of its counter; empty without a loss. */
  lost: Record<string, number>;
  /** Equations of the ledgers that are wrong. */
  brokenIdentities: string[];
  /** By process: fraction of a core while the simulator ran, and largest memory, bytes. */
  processes: Record<string, MeasuredUsage>;
  /** From an event's first packet to the subscriber, ms. */
  delayMs: EventStatisticsSummary["delayMs"];
}

const MODULES = 32;
const READOUTS_PER_PACKET = 10;
const RATE = 10;

/** Runs simulator, daemon, a subscriber that checks every event, and a recorder. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { packetsPerSecond, seconds, record: compression, folder } = options;
  await using daemon = new SsdaqProcess(
    [
      "daemon",
      "-l",
      "127.0.0.1:0",
      "-p",
      "tcp://127.0.0.1:0",
      "--control",
      "127.0.0.1:0",
      "--json",
    ],
  );
  const { target, endpoint } = await daemonPlaces(daemon);
  await using listen = new SsdaqProcess(["listen", "-e", endpoint, "--as", "stats", "--json"]);
  await daemon.says(/subscriber joined, now 1/);
  const file = `${folder}/trial.h5`;
  await using record = compression === undefined ? undefined : new SsdaqProcess(
    ["record", file, "--force", "-e", endpoint, "--compression", compression, "--json"],
  );
  if (record !== undefined) await daemon.says(/subscriber joined, now 2/);

  const packetsPerModule = Math.max(1, Math.round(packetsPerSecond * seconds / MODULES));
  await using sim = new SsdaqProcess([
    ...["sim", "--target", target, "--json"],
    ...["--readouts", `${packetsPerModule * READOUTS_PER_PACKET}`],
    ...["--speed", `${packetsPerSecond / MODULES * READOUTS_PER_PACKET / RATE}`],
  ]);
  await sim.says(/modules from/);
  const pids = { sim: sim.pid, daemon: daemon.pid, listen: listen.pid };
  using meter = new Meter(record === undefined ? pids : { ...pids, record: record.pid });
  const sent = await sim.ended;
  const processes = meter.read();
  const built = await daemon.stop();
  const heard = await listen.stop();
  const stored = await record?.stop();
  for (const ended of [sent, built, heard, stored]) {
    if (ended !== undefined && ended.code !== 0) {
      throw new OperationError(`a process of the bench failed:\n${ended.stderr}`);
    }
  }
  return judge(options, processes, {
    sim: JSON.parse(sent.stdout),
    daemon: JSON.parse(built.stdout),
    listen: JSON.parse(heard.stdout),
    record: stored === undefined ? undefined : JSON.parse(stored.stdout),
  });
}

interface Summaries {
  sim: SimulatorSummary;
  daemon: { ledger: DaemonLedger; brokenIdentities: string[] };
  listen: EventStatisticsSummary & { ledger: RecorderLedger };
  record?: { ledger: RecorderLedger; brokenIdentities: string[] };
}

/** Finds from the summaries what was lost, and where. */
function judge(
  { packetsPerSecond: askedPacketsPerSecond, record: compression }: TrialOptions,
  processes: Trial["processes"],
  { sim, daemon, listen, record }: Summaries,
): Trial {
  const { packets, readouts, events } = daemon.ledger;
  const seconds = sim.elapsedMs / 1000;
  const losses: Record<string, number> = {
    "sim.sendErrors": sim.sendErrors,
    "packets.kernelDropped": packets.kernelDropped,
    "packets.unread": packets.unread,
    "packets.lost": sim.packetsSent - packets.received - packets.kernelDropped - packets.unread,
    "packets.malformed": packets.malformed,
    "packets.unknownSource": packets.unknownSource,
    "readouts.late": readouts.late,
    "readouts.duplicate": readouts.duplicate,
    "events.partial": events.partial,
    "events.unsent": events.unsent,
    "subscriber.missed": events.published - listen.events,
    "subscriber.withHoles": listen.withHoles,
    "recorder.missed": record === undefined ? 0 : events.published - record.ledger.recorder.stored,
  };
  return {
    record: compression ?? null,
    askedPacketsPerSecond,
    packetsPerSecond: sim.packetsSent / seconds,
    eventsPerSecond: events.published / seconds,
    lost: Object.fromEntries(Object.entries(losses).filter(([, lost]) => lost !== 0)),
    brokenIdentities: [
      ...daemon.brokenIdentities,
      ...brokenIdentities(listen.ledger),
      ...record?.brokenIdentities ?? [],
    ],
    processes,
    delayMs: listen.delayMs,
  };
}
