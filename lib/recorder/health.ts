import type { RecorderLedger } from "../ledger/ledger.ts";
import type { WrittenFile } from "../recording/write/event_writer.ts";
import { formatByteSize } from "../text/byte_size.ts";
import { formatDuration } from "../text/duration.ts";

/** Interval of checks that the main loop runs. */
const LOOK_MS = 200;

/** A recorder that starts, or loses its publisher, must find one within this time. */
const UNCONNECTED_MS = 10_000;

/** A main loop that stands still for three flush intervals delays rows. */
const STANDSTILL_MS = 3000;

/** How long a standstill is remembered. */
const MEMORY_MS = 30_000;

/**
 * Too little room on the disk: less than this, or enough for less than this time at the present
 * rate.
 */
const MIN_FREE_BYTES = 256 * 2 ** 20;
const MIN_FREE_SECONDS = 600;

/** With this number of rows, the file's size shows how much a row takes. */
const MIN_ROWS = 1000;

/** An event is closed within its deadline of 2 s, and stored within a second. */
const MAX_LAG_SECONDS = 30;

/**
 * An event cannot come before its own first packet. If it seems so, the clocks of two hosts differ.
 */
const MAX_LEAD_SECONDS = 5;

/** An event stored longer ago does not show the present lag of the recorder. */
const RECENT_SECONDS = 10;

/** The part of a recorder's status that is judged. */
export interface JudgedStatus {
  /** Number of connected publishers. */
  connections: number;
  ledger: RecorderLedger;
  /** Events stored per second, over the last seconds. */
  eventsPerSecond: number;
  /** Time since the last event was stored; null before the first. */
  lastStoredSeconds: number | null;
  /**
   * Time from the arrival of the last event's first packet until the event was stored; null before
   * the first.
   */
  lagSeconds: number | null;
  /**
   * The file being written; if there are several, the one with the newest event. Null without one.
   */
  file: WrittenFile | null;
  /** Free bytes on the disk that is written to; null if unknown. */
  diskFreeBytes: number | null;
}

/**
 * Judges whether a recorder works, by its observations and its present state. It checks by itself
 * until it is disposed of.
 */
export class RecorderHealth implements Disposable {
  readonly #connections: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  #lookedMs: number;
  #connectedMs: number;
  #stood: { durationMs: number; untilMs: number } | undefined;

  /**
   * @param connections returns the number of connected publishers
   * @param nowMs the monotonic clock
   */
  constructor(connections: () => number, nowMs: number = performance.now()) {
    this.#connections = connections;
    this.#lookedMs = this.#connectedMs = nowMs;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_MS);
  }

  /** Notes the state. It is called automatically five times a second, while the main loop runs. */
  look(nowMs: number): void {
    const durationMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    if (this.#connections() > 0) this.#connectedMs = nowMs;
    const isPast = nowMs - (this.#stood?.untilMs ?? -Infinity) > MEMORY_MS;
    if (durationMs >= STANDSTILL_MS && (isPast || durationMs >= (this.#stood?.durationMs ?? 0))) {
      this.#stood = { durationMs, untilMs: nowMs };
    } else if (isPast) this.#stood = undefined;
  }

  /** What is wrong, one line each; empty if the recorder works. */
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
    return `disk: writing stopped for ${told(this.#stood.durationMs / 1000)}; is it too slow?`;
  }

  #connectionProblem(nowMs: number): string | undefined {
    const unconnectedMs = nowMs - this.#connectedMs;
    if (unconnectedMs < UNCONNECTED_MS) return undefined;
    return `connection: no daemon for ${told(unconnectedMs / 1000)}; the recorder waits for one`;
  }
}

function writerProblem({ ledger: { recorder } }: JudgedStatus): string | undefined {
  if (recorder.unstored === 0) return undefined;
  return `writer: ${recorder.unstored} events are in no file, because writing failed`;
}

function diskProblem(status: JudgedStatus): string | undefined {
  const { diskFreeBytes, file, eventsPerSecond } = status;
  if (diskFreeBytes === null) return "disk: the folder does not exist";
  const room = `disk: ${formatByteSize(diskFreeBytes)} free`;
  if (diskFreeBytes < MIN_FREE_BYTES) return room;
  if (file === null || file.rows < MIN_ROWS || eventsPerSecond <= 0) return undefined;
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
    return `lag: events are stored ${told(lagSeconds)} after they were received`;
  }
  if (lagSeconds < -MAX_LEAD_SECONDS) {
    return `clock: events arrive ${
      told(-lagSeconds)
    } before their receive time; this clock and the daemon's differ`;
  }
  return undefined;
}

function told(seconds: number): string {
  return formatDuration(Math.round(seconds) * 1000);
}
