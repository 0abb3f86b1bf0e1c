import { LOG_OPTIONS } from "./log_options.ts";
import { flag, optional } from "./option.ts";
import { text } from "./value.ts";

/** Options that every command has. */
export const GLOBAL_OPTIONS = {
  config: optional(text, {
    placeholder: "FILE",
    help: "configuration file, or off [./ssdaq.toml, /etc/ssdaq/ssdaq.toml]",
  }),
  logFile: LOG_OPTIONS.file,
  logFormat: LOG_OPTIONS.format,
  logLevel: LOG_OPTIONS.level,
  json: flag({ help: "print data and summary as JSON" }),
  debug: flag({ help: "show where in the program an error occurred" }),
  help: flag({ short: "h", help: "show this help" }),
};
