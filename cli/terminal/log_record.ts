import { getLogger, type LogRecord } from "@logtape/logtape";
import type { Notice, Particulars } from "../../lib/notice.ts";
import { toJson } from "../../lib/text/json.ts";

/** The category of all loggers of this program. */
export const ROOT_CATEGORY = "ssdaq";

/** A log entry and its stage. */
export interface Entry extends Particulars, Pick<Notice, "level" | "repeats"> {
  /** Names separated by dots, such as `daemon.publisher`; empty for the command itself. */
  stage: string;
  message: string;
}

/** Gives an entry to the logger of its stage, which passes it on if its level is wanted. */
export function emit(entry: Entry): void {
  const { category, ...record } = recordOf(entry);
  getLogger(category).emit(record);
}

/** An entry for LogTape. The message is not a template: it may contain braces. */
export function recordOf({ level, stage, message, code, fields, repeats }: Entry): LogRecord {
  return {
    category: [ROOT_CATEGORY, ...stage.split(".").filter((name) => name !== "")],
    level,
    message: [printable(message)],
    rawMessage: message,
    timestamp: Date.now(),
    properties: { code, fields, repeats },
  };
}

/** A record as a line of JSON, without its newline. */
export function jsonLine({ timestamp, level, category, message, properties }: LogRecord, {
  command,
}: { command: string }): string {
  const { code, fields, repeats } = properties;
  return toJson({
    time: new Date(timestamp).toISOString(),
    level,
    command,
    message: message.join(""),
    category: category.join("."),
    code,
    fields,
    repeats,
  });
}

/** A record for people: its time in UTC, its message, and whether the command fails with it. */
export function textOf({ timestamp, level, category, message }: LogRecord): {
  time: string;
  message: string;
  isFailure: boolean;
} {
  return {
    time: new Date(timestamp).toISOString().slice(0, 19) + "Z",
    message: message.join(""),
    isFailure: level === "error" && category.length === 1,
  };
}

/** A text without control codes; text from the network could change the terminal. */
export function printable(text: string): string {
  return text.replaceAll(
    /[^\P{Cc}\n\t]/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
