import { ConfigurationError, messageOf, OperationError } from "../../lib/errors.ts";
import type { Advise, Particulars } from "../../lib/notice.ts";

type Fields = NonNullable<Particulars["fields"]>;

/**
 * How to mend what a stage tells of, by its code: what follows its sentence. A stage knows no
 * options and no commands, so that only here they are named.
 */
const ADVICE = new Map<string, string | ((fields: Fields) => string)>(Object.entries({
  "acquisition.byteOrder": ": try another --byte-order",
  "acquisition.paused": "; ssdaq ctl resume ends that",
  "acquisition.resets": ": try the other --byte-order",
  "acquisition.split": "; are they synchronised, or is --window too small?",
  "acquisition.window": ({ mostWindowNs }: Fields) =>
    `; take --window ${Math.floor(Number(mostWindowNs) / 1e3) / 1e3}ms or less`,
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
  "receiver.notLinux": ": take --socket portable",
  "receiver.notPossible": ": take --socket portable",
  "recording.altered": "; see what ssdaq info tells of it",
  "recording.fileExists": ", go on with --resume, or replace it with --force",
  "recording.severalRuns": "; with --folder each run has a file of its own",
  "replay.otherDaemon": "; give the right one with --fill-gaps",
  "simulator.noFaults": ", such as --loss 0.01",
  "simulator.notLocal": " with --first-address",
  "simulator.target": " with --target",
}));

/** The codes that there is advice on. */
export const ADVISED_CODES: readonly string[] = [...ADVICE.keys()];

/** How to mend what an error or a notice tells of; empty where its words say all. */
export const adviceOn: Advise = ({ code = "", fields = {} }) => {
  const advice = ADVICE.get(code) ?? "";
  return typeof advice === "string" ? advice : advice(fields);
};

/** The message of anything that was thrown, with how to mend it. */
export function withAdvice(error: unknown): string {
  return messageOf(error) + (isReadable(error) ? adviceOn(error) : "");
}

/** Whether an error is one of those that may have a code. */
export function isReadable(error: unknown): error is ConfigurationError | OperationError {
  return error instanceof ConfigurationError || error instanceof OperationError;
}
