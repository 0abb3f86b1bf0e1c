import { adviceOn } from "../cli/terminal/advice.ts";
import { type Log, noticeLine, StageLog } from "../lib/notice.ts";

/** A log that keeps what an operator reads of it where no level is asked for. */
export function logTo(lines: string[]): Log {
  return (notice) => {
    if (notice.level !== "debug") lines.push(noticeLine(notice, adviceOn(notice)));
  };
}

/** The same for a stage alone. */
export function stageLogTo(lines: string[]): StageLog {
  return new StageLog("test", logTo(lines));
}
