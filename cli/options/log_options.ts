import { NOTICE_LEVELS } from "../../lib/notice.ts";
import { optional, withDefault } from "./option.ts";
import { choice, text } from "./value.ts";

/** What is logged, where lines go beside stderr, and how they look. */
export const LOG_OPTIONS = {
  file: optional(text, {
    placeholder: "FILE",
    help: "also append log lines to this file, or off; at 10 MiB it becomes FILE.1",
  }),
  format: withDefault(choice("text", "json"), "text", {
    placeholder: "FORMAT",
    help: "how log lines look: text, or json for a collector",
  }),
  level: withDefault(choice(...NOTICE_LEVELS), "info", {
    placeholder: "LEVEL",
    help: "the least that is logged: debug, info, warning or error",
  }),
};
