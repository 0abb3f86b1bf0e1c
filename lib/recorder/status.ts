import { dirname } from "node:path";
import { freeBytes } from "../files/free_bytes.ts";
import { itemAt } from "../item_at.ts";
import { brokenIdentities } from "../ledger/ledger.ts";
import type { RateWatch } from "../ledger/rate_watch.ts";
import type { Listener } from "../listener/listener.ts";
import { type MemoryParts, type MemoryStatus, memoryStatusOf } from "../memory_budget.ts";
import type { EventWriter } from "../recording/write/event_writer.ts";
import { VERSION } from "../version.ts";
import type { JudgedStatus, RecorderHealth } from "./health.ts";
import type { Recorder } from "./recorder.ts";

/** The answer to `GET /status` of a recorder. */
export interface RecorderStatus extends JudgedStatus {
  /** Version. */
  ssdaq: string;
  command: "record";
  uptimeSeconds: number;
  /**
   * Equations of the ledger that do not hold. This is normal for a moment while data is processed.
   */
  brokenIdentities: string[];
  /** Number of files being written: one for each run. */
  openFiles: number;
  /** Number of files so far, including those. */
  files: number;
  memory: MemoryStatus;
  /**
   * What is wrong, one line each: disk, writer, lag, clock, connection. Empty if the recorder
   * works.
   */
  problems: string[];
}

/** The sources of a {@linkcode RecorderStatus}. */
export interface RecorderStatusSource {
  listener: Listener;
  recorder: Recorder;
  writer: EventWriter;
  /** Counts `stored`. */
  rate: RateWatch;
  /** Judges the recorder's state. */
  health: RecorderHealth;
  /** The folder or the file that is written to. */
  place: { folder: string } | { file: string };
  /** The most that each part of the recorder takes. */
  memory: MemoryParts;
  /** When the recorder started, monotonic ms. */
  startMs: number;
}

/** The recorder's status at a moment. */
export function recorderStatus(source: RecorderStatusSource, nowMs: number): RecorderStatus {
  const { listener, recorder, writer, rate, health, place, startMs } = source;
  const { files, current, openFiles } = writer;
  const { last } = recorder;
  const status: Omit<RecorderStatus, "problems"> = {
    ssdaq: VERSION,
    command: "record",
    uptimeSeconds: (nowMs - startMs) / 1000,
    connections: listener.connections,
    ledger: listener.ledger,
    brokenIdentities: brokenIdentities(listener.ledger),
    eventsPerSecond: itemAt(rate.perSecond(nowMs), 0),
    lastStoredSeconds: last === undefined ? null : (nowMs - last.storedMs) / 1000,
    lagSeconds: last === undefined ? null : last.lagSeconds,
    file: current ?? null,
    openFiles,
    files: files.length,
    memory: memoryStatusOf(source.memory),
    diskFreeBytes: freeBytes("folder" in place ? place.folder : dirname(place.file)) ?? null,
  };
  return { ...status, problems: health.problems(status, nowMs) };
}
