import { hostname } from "node:os";
import { controlMemoryBytes } from "../../../lib/http/control_memory.ts";
import { ControlServer } from "../../../lib/http/server.ts";
import { brokenIdentities } from "../../../lib/ledger/ledger.ts";
import { RateWatch } from "../../../lib/ledger/rate_watch.ts";
import { surviveFileSizeLimit } from "../../../lib/linux/file_size_limit.ts";
import { Listener } from "../../../lib/listener/listener.ts";
import { listenerMemoryBytes } from "../../../lib/listener/memory_budget.ts";
import { RecorderHealth } from "../../../lib/recorder/health.ts";
import { Recorder } from "../../../lib/recorder/recorder.ts";
import { recorderRoutes } from "../../../lib/recorder/routes.ts";
import { recorderStatus } from "../../../lib/recorder/status.ts";
import type { Destination } from "../../../lib/recording/write/destination.ts";
import { EventWriter, type WrittenFile } from "../../../lib/recording/write/event_writer.ts";
import { resumePoint } from "../../../lib/recording/write/resume.ts";
import { writerMemoryBytes } from "../../../lib/recording/write/writer_memory.ts";
import { AccountWatch } from "../../../lib/replay/account_watch.ts";
import { formatByteSize } from "../../../lib/text/byte_size.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { toJson } from "../../../lib/text/json.ts";
import { VERSION } from "../../../lib/version.ts";
import { defineCommand } from "../../command.ts";
import { controlAccess } from "../../options/control_options.ts";
import { failureOf } from "../../process/failure_of.ts";
import { memoryLine, PROGRAM_BYTES } from "../../terminal/memory_line.ts";
import { Supervisor } from "../../process/supervisor.ts";
import { adviceOn } from "../../terminal/advice.ts";
import { count, ledgerText, table } from "../../terminal/format.ts";
import { Rate, StatusLoop } from "../../terminal/status_loop.ts";
import { destinationOf, recordOptions, sourceOf } from "./options.ts";

/** `ssdaq record`: receives events and writes them. */
export const record = defineCommand({
  name: "record",
  summary: "write the published events to HDF5 files",
  usage: "record [FILE.h5] [options]",
  maxOperands: 1,
  endsWithAccount: true,
  options: recordOptions,
  examples: [
    ["ssdaq record run.h5", "one file, until Ctrl-C"],
    ["ssdaq record --folder data --prefix night --max-size 1GiB", "a series of files"],
    ["ssdaq record -e tcp://daq:9004 --events 1000 run.h5 --json", "1000 events from another host"],
    ["ssdaq record run.h5 --control 8645", "with status and metrics at http://127.0.0.1:8645"],
    ["ssdaq record run.h5 --resume", "continue that file, or start it"],
  ],
  notes:
    "Without FILE, a series of files is written to a folder: at least one for each run, also with\n" +
    "several daemons at once, and a new one at --max-size or --max-age. You can read the files\n" +
    "while they grow (h5py: swmr=True). With --resume, the unclosed files of a folder are repaired,\n" +
    "and a new file begins. With --fill-gaps, the file has every event of the run once, from the\n" +
    "first one that the daemon still has. A daemon on this host is found automatically.\n" +
    "A killed recorder loses at most its last second, with --sync also when the power fails:\n" +
    "ssdaq repair makes its file readable.",
  async run({ values, operands, terminal, signal, hurry }) {
    surviveFileSizeLimit();
    const startedMs = performance.now();
    const { log } = terminal;
    await using supervisor = await Supervisor.connect(log);
    const access = controlAccess(values);
    const destination = destinationOf(operands[0], values);
    const source = sourceOf(values, log);
    const after = values.resume ? await resumePoint(destination, log) : undefined;
    // Connected first: after a wrong endpoint, no file is made and none is replaced.
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
      () => terminal.warning("from now on events are counted but not stored"),
    );
    using rate = new RateWatch(() => Float64Array.of(ledger.recorder.stored));
    using health = new RecorderHealth(() => listener.connections);
    const place = destination;
    const memory: Record<string, number> = {
      program: PROGRAM_BYTES,
      "waiting events": listenerMemoryBytes({ endpoints: values.endpoint.length }),
      files: writerMemoryBytes(values),
    };
    const state = { memory, listener, recorder, writer, rate, health, place, startMs: startedMs };
    const routes = recorderRoutes(state);
    if (access !== undefined) memory["control port"] = controlMemoryBytes(routes);
    await using control = access && ControlServer.start({
      ...access,
      routes,
      log,
      advise: adviceOn,
    });
    if (control !== undefined) terminal.info(`control on ${control.url}`);
    terminal.info(
      `listening to ${values.endpoint.join(" and ")}, writing to ${placeOf(destination)}`,
    );
    terminal.info(memoryLine(memory));
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

/** The limit that ended a recording; undefined without one. */
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
  if (files.length === 0) return "no event was received: no file was written";
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
