import { NOTICE_LEVELS } from "../../lib/notice.ts";
import { optional, withDefault } from "./option.ts";
import { choice, text } from "./value.ts";

/** What is logged, where, and in which form. */
export const LOG_OPTIONS = {
  file: optional(text, {
    placeholder: "FILE",
    help: "also append the log to this file, or off; at 10 MiB it is renamed to FILE.1",
  }),
  format: withDefault(choice("text", "json"), "text", {
    placeholder: "FORMAT",
    help: "form of log lines: text, or json for a collector",
  }),
  level: withDefault(choice(...NOTICE_LEVELS), "info", {
    placeholder: "LEVEL",
    help: "lowest level to log: debug, info, warning or error",
  }),
};
