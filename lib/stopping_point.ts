/**
 * Named moments between two steps. A test stops a process there, to show that the steps may be torn
 * apart at any of them.
 *
 * @module
 */

import { ConfigurationError } from "./errors.ts";

/**
 * The moments, by the part of the program, in the order in which they come. Each says what has been
 * done; the next step has not begun.
 */
export const STOPPING_POINTS = [
  // Any command.
  "main.began",
  "log.renamed",
  "whole.drafted",
  "summary.made",
  "summary.printed",
  // The daemon.
  "daemon.listening",
  "daemon.publishing",
  "daemon.taken",
  "daemon.built",
  "daemon.kept",
  "publisher.sent",
  "daemon.drained",
  "daemon.delivered",
  // The recorder.
  "repair.marked",
  "repair.closed",
  "resume.opened",
  "replay.answered",
  "replay.filled",
  "recorder.received",
  "recorder.stored",
  // The file.
  "file.drafted",
  "file.complete",
  "file.linked",
  "file.published",
  "mark.opened",
  "rows.resized",
  "rows.written",
  "rows.flushed",
  "journal.begun",
  "journal.safe",
  "journal.applied",
  "rows.synced",
  "ledger.written",
  "mark.written",
  "file.closed",
  "file.totalled",
  "journal.needless",
  "rotation.closed",
  "rotation.begun",
  // The launcher of the executable, which is a shell script.
  "unpack.copied",
  "unpack.extracted",
  "unpack.renamed",
] as const;

/** The name of a moment. */
export type StoppingPoint = typeof STOPPING_POINTS[number];

/** The variable that arms one of them, such as `kill@rows.flushed:3`. For tests only. */
export const STOP_VARIABLE = "SSDAQ_STOP_AT";

/** What happens there. */
const SIGNALS = { kill: "SIGKILL", stop: "SIGSTOP" } as const;

interface Armed {
  point: StoppingPoint;
  signal: Deno.Signal;
  /** How often it still has to come. */
  left: number;
}

let armed: Armed | undefined;

/** Stops this process if this moment is armed. Otherwise it costs one comparison. */
export function stoppingPoint(point: StoppingPoint): void {
  if (armed !== undefined) reach(armed, point);
}

/**
 * Arms a moment of this process. It needs the permission to run programs, for the signal.
 *
 * @param written `kill@NAME` or `stop@NAME`, with `:N` to stop at the N-th time only; undefined or
 * empty for none
 * @throws {ConfigurationError} if it names no moment
 */
export function armStoppingPoint(written: string | undefined): void {
  armed = undefined;
  if (written === undefined || written === "") return;
  const [, how, name, times = "1"] = /^(kill|stop)@([a-z.]+)(?::([1-9]\d{0,8}))?$/.exec(written) ??
    [];
  const point = STOPPING_POINTS.find((known) => known === name);
  if (point === undefined) {
    throw new ConfigurationError(
      `${STOP_VARIABLE} ${written}: give kill@NAME:N or stop@NAME:N, or unset it; it is for tests`,
    );
  }
  armed = { point, signal: how === "kill" ? SIGNALS.kill : SIGNALS.stop, left: Number(times) };
}

function reach(waiting: Armed, point: StoppingPoint): void {
  if (point !== waiting.point || --waiting.left > 0) return;
  armed = undefined;
  Deno.kill(Deno.pid, waiting.signal);
}
