import { ConfigurationError, messageOf, OperationError } from "../../lib/errors.ts";
import type { Advise, Particulars } from "../../lib/notice.ts";

type Fields = NonNullable<Particulars["fields"]>;

/**
 * How to fix an error or notice, by its code. The text follows its sentence. Stages do not know
 * options and commands, so the advice is here.
 */
const ADVICE = new Map<string, string | ((fields: Fields) => string)>(Object.entries({
  "acquisition.byteOrder": ": try another --byte-order",
  "acquisition.paused": "; ssdaq ctl resume ends the pause",
  "acquisition.resets": ": try the other --byte-order",
  "acquisition.split": "; synchronise them, or set a larger --window",
  "acquisition.window": ({ mostWindowNs }: Fields) =>
    `; set --window to ${Math.floor(Number(mostWindowNs) / 1e3) / 1e3}ms or less`,
  "address.noSlot": "; see --module-base and --module",
  "address.notByRule": ({ address }: Fields) => `; give --module ${address}=SLOT`,
  "address.notInTable": ({ address }: Fields) =>
    `; if it is a module, add --module ${address}=SLOT`,
  "http.denied": " with --control",
  "http.foreignName": ", or start it with --control-host NAME",
  "http.inUse": " with --control",
  "http.noAnswer": " give another with --control",
  "http.notLocal": ", with --control",
  "http.token": "; give it with --token-file FILE",
  "publisher.inUse": " with -p",
  "receiver.inUse": " with -l",
  "receiver.notLinux": ": use --socket portable",
  "receiver.notPossible": ": use --socket portable",
  "recording.altered": "; ssdaq info shows its content",
  "recording.damaged": "; ssdaq repair saves all other rows",
  "recording.fileExists": ", go on with --resume, or replace it with --force",
  "recording.severalRuns": "; with --folder, each run has its own file",
  "recording.stopped": "; ssdaq repair makes it readable",
  "recording.unreadable": "; if it wrote this one, ssdaq repair finds its events",
  "replay.otherDaemon": "; give the right one with --fill-gaps",
  "simulator.noFaults": ", such as --loss 0.01",
  "simulator.notLocal": " with --first-address",
  "simulator.target": " with --target",
}));

/** The codes with advice. */
export const ADVISED_CODES: readonly string[] = [...ADVICE.keys()];

/** How to fix an error or notice; empty where its text is complete. */
export const adviceOn: Advise = ({ code = "", fields = {} }) => {
  const advice = ADVICE.get(code) ?? "";
  return typeof advice === "string" ? advice : advice(fields);
};

/** The message of a thrown value, with advice. */
export function withAdvice(error: unknown): string {
  return messageOf(error) + (isReadable(error) ? adviceOn(error) : "");
}

/** Whether an error is of a class that may have a code. */
export function isReadable(error: unknown): error is ConfigurationError | OperationError {
  return error instanceof ConfigurationError || error instanceof OperationError;
}
