import { hostname } from "node:os";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import { RateWatch } from "../../../lib/ledger/rate_watch.ts";
import { RecorderHealth } from "../../../lib/recorder/health.ts";
import { recorderRoutes } from "../../../lib/recorder/routes.ts";
import { recorderStatus } from "../../../lib/recorder/status.ts";
import { toJson } from "../../../lib/text/json.ts";
import { brokenIdentities } from "../../../lib/ledger/ledger.ts";
import { AccountWatch } from "../../../lib/replay/account_watch.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { Recorder } from "../../../lib/recorder/recorder.ts";
import { VERSION } from "../../../lib/version.ts";
import type { Destination } from "../../../lib/recording/write/destination.ts";
import { EventWriter, type WrittenFile } from "../../../lib/recording/write/event_writer.ts";
import { resumePoint } from "../../../lib/recording/write/resume.ts";
import { defineCommand } from "../../command.ts";
import { controlAccess } from "../../options/control_options.ts";
import { surviveFileSizeLimit } from "../../../lib/linux/file_size_limit.ts";
import { failureOf } from "../../process/failure_of.ts";
import { count, ledgerText, table } from "../../terminal/format.ts";
import { adviceOn } from "../../terminal/advice.ts";
import { destinationOf, recordOptions, sourceOf } from "./options.ts";
import { Rate, StatusLoop } from "../../terminal/status_loop.ts";
import { Supervisor } from "../../process/supervisor.ts";

/** `ssdaq record`: subscribes and writes. */
export const record = defineCommand({
  name: "record",
  summary: "write the published events to HDF5 files",
  usage: "record [FILE.h5] [options]",
  maxOperands: 1,
  endsWithAccount: true,
  options: recordOptions,
  examples: [
    ["ssdaq record run.h5", "one file, until Ctrl-C"],
    ["ssdaq record --folder data --prefix night --max-size 1GiB", "files that follow each other"],
    ["ssdaq record -e tcp://daq:9004 --events 1000 run.h5 --json", "1000 events of another host"],
    ["ssdaq record run.h5 --control 8645", "with status and metrics at http://127.0.0.1:8645"],
    ["ssdaq record run.h5 --resume", "go on in that file, or start it"],
  ],
  notes:
    "Without FILE, files follow each other in a folder: one a run, with several daemons at once\n" +
    "too, and a new one at --max-size or --max-age. They can be read while they grow (h5py:\n" +
    "swmr=True). With --resume a folder's unclosed files are repaired and a new one begins.\n" +
    "With --fill-gaps the file has every event of the run once, from the first on, as far as the\n" +
    "daemon still has it; a daemon on this host is found by itself.\n" +
    "A recorder that is killed loses at most its last second: ssdaq repair makes its file readable.",
  async run({ values, operands, terminal, signal, hurry }) {
    surviveFileSizeLimit();
    const startedMs = performance.now();
    const { log } = terminal;
    await using supervisor = await Supervisor.connect(log);
    const access = controlAccess(values);
    const destination = destinationOf(operands[0], values);
    const source = sourceOf(values, log);
    const after = values.resume ? await resumePoint(destination, log) : undefined;
    // Connected first: a wrong endpoint must leave no file, and replace none.
    await using listener = await Listener.connect({
      endpoints: values.endpoint,
      after,
      source,
      log,
    });
    const { ledger } = listener;
    await using watch = source && new AccountWatch(source);
    await using writer = await EventWriter.open({
      destination,
      compression: values.compression,
      sync: values.sync,
      log,
      account: () => ({
        ledger: { ...watch?.account?.ledger, ...ledger },
        daemonRun: watch?.account?.run,
        daemonEpoch: watch?.account?.epoch,
      }),
      provenance: {
        ssdaq_version: VERSION,
        host: hostname(),
        endpoints: values.endpoint.join(" "),
        start_time: new Date().toISOString(),
        configuration: toJson({ destination, ...values }),
      },
    });
    const recorder = new Recorder(listener, writer);
    const hurrying = hurry();
    hurrying.addEventListener(
      "abort",
      () => terminal.warning("from now on events are counted, and stored no more"),
    );
    using rate = new RateWatch(() => Float64Array.of(ledger.recorder.stored));
    using health = new RecorderHealth(() => listener.connections);
    const place = destination;
    const state = { listener, recorder, writer, rate, health, place, startMs: startedMs };
    await using control = access && ControlServer.start({
      ...access,
      routes: recorderRoutes(state),
      log,
      advise: adviceOn,
    });
    if (control !== undefined) terminal.info(`control on ${control.url}`);
    terminal.info(
      `listening to ${values.endpoint.join(" and ")}, writing to ${placeOf(destination)}`,
    );
    supervisor?.ready({}, () => {
      const { problems } = recorderStatus(state, performance.now());
      const { stored, missed } = ledger.recorder;
      return {
        alive: `${count(stored)} events stored, ${count(missed)} missed`,
        unhealthy: problems,
      };
    });
    let failure: unknown;
    {
      const lineRate = new Rate();
      using _status = new StatusLoop(terminal, () => {
        const { stored, missed, filled } = ledger.recorder;
        return `${count(stored)} events, ${lineRate.look(stored).toFixed(1)}/s | ` +
          (filled > 0 ? `filled ${count(filled)} | ` : "") +
          `missed ${count(missed)} | ${writer.currentPath ?? "no file yet"} ` +
          formatByteSize(writer.currentBytes) +
          (writer.openFiles > 1 ? ` and ${writer.openFiles - 1} more` : "") +
          (listener.connections === 0 ? " | waiting for a daemon" : "");
      });
      const limits = { events: values.events, durationMs: values.duration, hurry: hurrying };
      failure = await failureOf(() => recorder.run(signal, limits));
    }
    const done = failure === undefined
      ? limitReached(values, ledger.recorder.stored, signal)
      : undefined;
    if (done !== undefined) supervisor?.report({ done });
    const { files } = writer;
    const broken = brokenIdentities(ledger);
    const elapsedMs = performance.now() - startedMs;
    return {
      ok: broken.length === 0,
      failure,
      data: { command: "record", elapsedMs, files, ledger, brokenIdentities: broken },
      text: [
        filesText(files),
        formatDuration(elapsedMs),
        ledgerText(ledger),
      ].join("\n"),
    };
  },
});

/** Which limit of its own has ended a recording; undefined when none has. */
function limitReached(
  { events, duration }: { events: number | undefined; duration: number | undefined },
  stored: number,
  signal: AbortSignal,
): string | undefined {
  if (events !== undefined && stored >= events) return `it has stored its ${count(events)} events`;
  if (signal.aborted || duration === undefined) return undefined;
  return `it has recorded for its ${formatDuration(duration)}`;
}

function filesText(files: readonly WrittenFile[]): string {
  if (files.length === 0) return "no event came, so no file was written";
  return table([
    ["file", "events", "size"],
    ...files.map(({ path, rows, bytes }) => [path, count(rows), formatByteSize(bytes)]),
  ]);
}

function placeOf(destination: Destination): string {
  return "file" in destination
    ? destination.file
    : `${destination.folder}/${destination.prefix}.*.h5`;
}
