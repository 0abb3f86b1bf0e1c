import { formatByteSize } from "../text/byte_size.ts";
import { formatDuration } from "../text/duration.ts";
import type { RecorderLedger } from "../ledger/ledger.ts";
import type { WrittenFile } from "../recording/write/event_writer.ts";

/** How often it is looked whether the main loop turns. */
const LOOK_MS = 200;

/** Somebody who starts must have found a publisher after so long, and then lose it no longer. */
const UNCONNECTED_MS = 10_000;

/** A main loop that stands still for three flush intervals keeps rows waiting. */
const STANDSTILL_MS = 3000;

/** For so long a standstill is remembered. */
const MEMORY_MS = 30_000;

/** Less room than this, or than for so long at the present rate, is too little. */
const MIN_FREE_BYTES = 256 * 2 ** 20;
const MIN_FREE_SECONDS = 600;

/** From so many rows on, a file's size tells what a row takes. */
const TELLING_ROWS = 1000;

/** An event is closed within its deadline of 2 s, and stored within a second. */
const MAX_LAG_SECONDS = 30;

/** No event comes before its own first packet, but that the clocks of two hosts differ. */
const MAX_LEAD_SECONDS = 5;

/** An event stored longer ago says nothing of how far behind the recorder is now. */
const RECENT_SECONDS = 10;

/** What is judged of a recorder's status. */
export interface JudgedStatus {
  /** Publishers that are connected. */
  connections: number;
  ledger: RecorderLedger;
  /** Events stored, over the last seconds. */
  eventsPerSecond: number;
  /** Time since an event was stored last; null before the first. */
  lastStoredSeconds: number | null;
  /** How long after its first packet came the last event was stored; null before the first. */
  lagSeconds: number | null;
  /** The file being written, of several the one that had an event last; null without one. */
  file: WrittenFile | null;
  /** Room on the disk that is written to; null where that cannot be known. */
  diskFreeBytes: number | null;
}

/**
 * Judges whether a recorder does its job, from what it has noticed and from its state now. It looks
 * by itself until it is disposed of.
 */
export class RecorderHealth implements Disposable {
  readonly #connections: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  #lookedMs: number;
  #connectedMs: number;
  #stood: { durationMs: number; untilMs: number } | undefined;

  /**
   * @param connections publishers that are connected now
   * @param nowMs the monotonic clock
   */
  constructor(connections: () => number, nowMs: number = performance.now()) {
    this.#connections = connections;
    this.#lookedMs = this.#connectedMs = nowMs;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_MS);
  }

  /** Takes note of how it is; called by itself five times a second, if the main loop turns. */
  look(nowMs: number): void {
    const durationMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    if (this.#connections() > 0) this.#connectedMs = nowMs;
    const isPast = nowMs - (this.#stood?.untilMs ?? -Infinity) > MEMORY_MS;
    if (durationMs >= STANDSTILL_MS && (isPast || durationMs >= (this.#stood?.durationMs ?? 0))) {
      this.#stood = { durationMs, untilMs: nowMs };
    } else if (isPast) this.#stood = undefined;
  }

  /** What is wrong, a line each; nothing when it does its job. */
  problems(status: JudgedStatus, nowMs: number): string[] {
    this.look(nowMs);
    return [
      writerProblem(status),
      diskProblem(status),
      this.#loopProblem(),
      lagProblem(status),
      this.#connectionProblem(nowMs),
    ].filter((problem) => problem !== undefined);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #loopProblem(): string | undefined {
    if (this.#stood === undefined) return undefined;
    return `disk: writing stood still for ${told(this.#stood.durationMs / 1000)}; is it too slow?`;
  }

  #connectionProblem(nowMs: number): string | undefined {
    const unconnectedMs = nowMs - this.#connectedMs;
    if (unconnectedMs < UNCONNECTED_MS) return undefined;
    return `connection: no daemon for ${told(unconnectedMs / 1000)}; it waits for one`;
  }
}

function writerProblem({ ledger: { recorder } }: JudgedStatus): string | undefined {
  if (recorder.unstored === 0) return undefined;
  return `writer: ${recorder.unstored} events are in no file, because writing failed`;
}

function diskProblem(status: JudgedStatus): string | undefined {
  const { diskFreeBytes, file, eventsPerSecond } = status;
  if (diskFreeBytes === null) return "disk: its folder is not there";
  const room = `disk: ${formatByteSize(diskFreeBytes)} left`;
  if (diskFreeBytes < MIN_FREE_BYTES) return room;
  if (file === null || file.rows < TELLING_ROWS || eventsPerSecond <= 0) return undefined;
  const lastsSeconds = diskFreeBytes / (file.bytes / file.rows * eventsPerSecond);
  return lastsSeconds < MIN_FREE_SECONDS
    ? `${room}, enough for ${told(lastsSeconds)} at this rate`
    : undefined;
}

function lagProblem({ lagSeconds, lastStoredSeconds }: JudgedStatus): string | undefined {
  if (lagSeconds === null || lastStoredSeconds === null || lastStoredSeconds > RECENT_SECONDS) {
    return undefined;
  }
  if (lagSeconds > MAX_LAG_SECONDS) {
    return `lag: events are stored ${told(lagSeconds)} after they came`;
  }
  if (lagSeconds < -MAX_LEAD_SECONDS) {
    return `clock: events come ${told(-lagSeconds)} before their time; the daemon's clock differs`;
  }
  return undefined;
}

function told(seconds: number): string {
  return formatDuration(Math.round(seconds) * 1000);
}
