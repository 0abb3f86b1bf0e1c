import { ConfigurationError } from "../../../lib/errors.ts";
import { readTokenFile } from "../../../lib/http/token_file.ts";
import type { Log } from "../../../lib/notice.ts";
import type { Destination } from "../../../lib/recording/write/destination.ts";
import { ReplayClient } from "../../../lib/replay/replay_client.ts";
import { compression } from "../../options/compression_option.ts";
import { controlOptions } from "../../options/control_options.ts";
import { DEFAULT_CONTROL, isLocalEndpoint, parseControlUrl } from "../../options/endpoint.ts";
import { endpointOption } from "../../options/endpoint_option.ts";
import { flag, optional, withDefault } from "../../options/option.ts";
import { byteSize, choice, duration, integer, text, value } from "../../options/value.ts";

/** How file names begin by default. */
export const DEFAULT_PREFIX = "SlowSignal";

const DEFAULT_MAX_SIZE_BYTES = 600 * 2 ** 20;

/** A control port's URL, or `off`. */
const controlUrlOrOff = value(
  (key, written) => written === "off" ? written : parseControlUrl(key, written),
  "`PORT`, `HOST:PORT`, `http://HOST:PORT` or `off`",
  { type: ["string", "integer"], examples: [`http://${DEFAULT_CONTROL}`, "off"] },
);

/** Where a recorder listens, and how it writes. */
export const recordOptions = {
  endpoint: endpointOption,
  folder: optional(text, { placeholder: "DIR", help: "without FILE: folder for the files [.]" }),
  prefix: optional(text, {
    placeholder: "P",
    help: "without FILE: how the file names begin [SlowSignal]",
  }),
  enumerate: optional(choice("date", "order"), {
    placeholder: "HOW",
    help: "without FILE: name them by date or by order [date]",
  }),
  maxSize: optional(byteSize, {
    placeholder: "SIZE",
    help: "without FILE: start a new file at this size [600MiB]",
  }),
  maxAge: optional(duration, {
    placeholder: "TIME",
    help: "without FILE: start a new file at this age",
  }),
  compression: withDefault(compression, "gzip:1", {
    placeholder: "HOW",
    help: "none, or gzip:1 (fast) to gzip:9 (small)",
  }),
  events: optional(integer(1, Number.MAX_SAFE_INTEGER), {
    placeholder: "N",
    help: "end after this number of events",
  }),
  duration: optional(duration, { placeholder: "TIME", help: "end after this time" }),
  force: flag({ help: "replace an existing file" }),
  fillGaps: optional(controlUrlOrOff, {
    placeholder: "URL",
    help: `daemon that sends missed events again, or off [on the same host: ${DEFAULT_CONTROL}]`,
  }),
  tokenFile: optional(text, { placeholder: "FILE", help: "token of that daemon's control port" }),
  ...controlOptions("off"),
  resume: flag({ help: "repair the file of a killed recorder, and continue after its last event" }),
  sync: flag({
    help: "keep a journal and wait for the disk each second, so that data survive a power cut",
  }),
};

/** Where missed events are fetched: `--fill-gaps`, else a daemon on this host, if there is one. */
export function sourceOf(
  { fillGaps, tokenFile, endpoint: endpoints }: {
    fillGaps: string | undefined;
    tokenFile: string | undefined;
    endpoint: string[];
  },
  log: Log,
): ReplayClient | undefined {
  const token = tokenFile === undefined ? undefined : readTokenFile("--token-file", tokenFile);
  if (fillGaps === undefined) {
    if (!endpoints.every(isLocalEndpoint)) return undefined;
    return new ReplayClient({ url: `http://${DEFAULT_CONTROL}`, token, endpoints, log });
  }
  return fillGaps === "off" ? undefined : new ReplayClient({
    ...{ url: fillGaps, token, endpoints, named: true, log },
  });
}

interface DestinationValues {
  folder: string | undefined;
  prefix: string | undefined;
  enumerate: "date" | "order" | undefined;
  maxSize: number | undefined;
  maxAge: number | undefined;
  force: boolean;
  resume: boolean;
}

/** One file, or a series of files in a folder. */
export function destinationOf(file: string | undefined, values: DestinationValues): Destination {
  const { folder, prefix, enumerate, maxSize, maxAge, force, resume } = values;
  if (file === undefined) {
    return {
      folder: folder ?? ".",
      prefix: prefix ?? DEFAULT_PREFIX,
      enumerate: enumerate ?? "date",
      maxSizeBytes: maxSize ?? DEFAULT_MAX_SIZE_BYTES,
      maxAgeMs: maxAge,
      force,
    };
  }
  const folderOptions = {
    "--folder": folder,
    "--prefix": prefix,
    "--enumerate": enumerate,
    "--max-size": maxSize,
    "--max-age": maxAge,
  };
  const [given] = Object.entries(folderOptions).find(([, value]) => value !== undefined) ?? [];
  if (given !== undefined) {
    throw new ConfigurationError(
      `${given} is for a series of files, but ${file} is one file; leave one of the two out`,
    );
  }
  return { file, force, resume };
}
