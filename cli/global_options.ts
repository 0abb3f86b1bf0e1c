import { flag, optional, text } from "./option.ts";

/** Options that every command has. */
export const GLOBAL_OPTIONS = {
  config: optional(text, {
    placeholder: "FILE",
    help: "read options from a TOML file, with a table a command",
  }),
  json: flag({ help: "print data and summary as JSON" }),
  debug: flag({ help: "show where in the program an error came from" }),
  help: flag({ short: "h", help: "show this help" }),
};
