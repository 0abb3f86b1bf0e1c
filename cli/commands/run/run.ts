import { ConfigurationError, OperationError } from "../../../lib/errors.ts";
import { StageLog } from "../../../lib/notice.ts";
import { formatDuration } from "../../../lib/text/duration.ts";
import { defineCommand } from "../../command.ts";
import { sectionOf, Settings } from "../../config/settings.ts";
import { withDefault } from "../../options/option.ts";
import { duration } from "../../options/value.ts";
import { ALIVE_MS } from "../../process/report.ts";
import { ReportSocket } from "../../process/report_socket.ts";
import { count, table } from "../../terminal/format.ts";
import { StatusLoop } from "../../terminal/status_loop.ts";
import { daemonOptions } from "../daemon/options.ts";
import { DAEMON_BACK_OFF, RECORDER_BACK_OFF } from "./back_off.ts";
import { checkedRecorders } from "./checked_recorders.ts";
import { type DaemonAddress, daemonAddress } from "./daemon_address.ts";
import { DAEMON_PATIENCE, RECORDER_PATIENCE, STAY_MS } from "./patience.ts";
import { usualArguments } from "./recorder_arguments.ts";
import { ServiceManager } from "./service_manager.ts";
import { deathOf, Supervised, type SupervisedSummary } from "./supervised.ts";
import { UnheardTime } from "./unheard_time.ts";
import { UnstoredEvents } from "./unstored_events.ts";

/** `ssdaq run`: the whole acquisition with one supervisor. */
export const run = defineCommand({
  name: "run",
  summary: "run daemon and recorders together, and restart a process that dies or hangs",
  usage: "run [options]",
  maxOperands: 0,
  endsWithAccount: true,
  hasTable: false,
  options: {
    hangAfter: withDefault(duration, "10s", {
      placeholder: "TIME",
      help: "kill and restart a process that has not reported for this time",
    }),
  },
  examples: [
    ["ssdaq run", "with ./ssdaq.toml or /etc/ssdaq/ssdaq.toml, until Ctrl-C"],
    ["ssdaq run --config night.toml --json", "with another file; the summary in JSON"],
  ],
  notes:
    "[daemon] in the configuration says how to receive, build and publish. Each [[recorder]] is a\n" +
    "recorder; [record] has the defaults for all. Without [[recorder]], one recorder uses [record].\n" +
    "Recorders listen to that daemon and fetch missed events from it, unless they are configured\n" +
    "differently. The file of a killed recorder is repaired. A process that dies, or does not\n" +
    "report for --hang-after, starts again: a daemon after 0.1 s to 5 s, a recorder after 1 s to\n" +
    "30 s. On SIGTERM and Ctrl-C the daemon drains, then the recorders store its last events, then\n" +
    "the daemon ends. systemd gets ready and alive messages (Type=notify, WatchdogSec=).",
  async run({ values, sources, terminal, signal, hurry }) {
    const startMs = performance.now();
    const hurrying = hurry();
    const { log, relay } = terminal;
    const runLog = new StageLog("run", log);
    const { hangAfter: hangMs, logLevel } = values;
    if (hangMs < 2 * ALIVE_MS) {
      throw new ConfigurationError(
        `--hang-after ${formatDuration(hangMs)}: processes report once a second; give ` +
          "2s or more",
      );
    }
    const settings = new Settings(sources, values.config);
    const recorders = checkedRecorders(settings, sources);
    const file = settings.file === undefined ? "off" : Deno.realPathSync(settings.file.path);
    const config = `--config=${file}`;
    const source = settings.file?.path ?? "no configuration file";
    runLog.info(`daemon and ${recorders.length} recorders, configured by ${source}`);

    await using reports = new ReportSocket(log);
    const supervised: Supervised[] = [];
    let haveEnded = false;
    await using stopping = new AsyncDisposableStack();
    // On any error, the recorders drain while their supervisor still hears them.
    stopping.defer(async () => {
      if (!haveEnded) await Promise.all(supervised.map((each) => each.stop()));
    });
    const unheard = new UnheardTime(startMs);
    const status = () => statusLine(supervised, unheard);
    const isAlive = () => supervised.every(({ alive }) => alive);
    using manager = new ServiceManager(Deno.env.toObject(), status, log, isAlive);
    let isReady = false;
    const noteReady = () => {
      const isWhole = supervised.length === 1 + recorders.length;
      if (isReady || !isWhole || supervised.some(({ ready }) => ready === undefined)) return;
      isReady = true;
      runLog.info("all are ready");
      manager.ready();
    };

    const deadline = settings.of(sectionOf(sources, "daemon"), "deadline");
    const deadlineMs = daemonOptions.deadline.read(deadline.key, deadline.texts);
    const unstored = new Map(recorders.map(({ name }) => [name, new UnstoredEvents()]));
    let killedDaemons = 0;

    const known = Promise.withResolvers<void>();
    let address: DaemonAddress | undefined;
    const daemon = new Supervised({
      ...{ name: "daemon", args: () => ["daemon", config], log, relay, logLevel, reports },
      ...{ backOff: DAEMON_BACK_OFF, patience: { ...DAEMON_PATIENCE, hangMs } },
      onReport({ listening, ready }, send) {
        if (listening) {
          const nowMs = performance.now();
          const unheardMs = unheard.listen(nowMs);
          send({ unheardMs, unheardTotalMs: unheard.totalMs(nowMs) });
        }
        if (ready === undefined) return;
        address = daemonAddress(ready);
        known.resolve();
        noteReady();
      },
      onEnd(lastHeardMs, { summary, wasReady, code, signal }) {
        unheard.cease(lastHeardMs);
        // A daemon that ends by itself has published its events, and prints its counters.
        if (!wasReady || summary !== undefined) return;
        killedDaemons++;
        runLog.error(
          `daemon ${deathOf({ code, signal })}: the readouts of its open events (up to the last ` +
            `${
              formatDuration(deadlineMs)
            }) and the events that it had not delivered are in no file ` +
            "and in no counter",
        );
      },
    });
    supervised.push(daemon);
    using _status = new StatusLoop(terminal, status);
    await Promise.race([known.promise, daemon.ended, aborted(signal)]);
    if (address !== undefined && !signal.aborted) {
      for (const { name, args } of recorders) {
        supervised.push(
          new Supervised({
            name,
            args: () => [
              ...["record", config, "--resume"],
              ...(address === undefined ? [] : usualArguments(settings, sources, address)),
              ...args,
            ],
            ...{ log, relay, logLevel, reports },
            ...{ backOff: RECORDER_BACK_OFF, patience: { ...RECORDER_PATIENCE, hangMs } },
            onReport: ({ ready }) => ready && noteReady(),
            onEnd: (_, end) => unstored.get(name)?.add(end),
            catchesUp: true,
          }),
        );
      }
    }
    await Promise.race([aborted(signal), firstFailure(supervised), allEnded(supervised)]);
    manager.stopping();
    // After a request to end, it is expected that no daemon listens.
    const notListeningMs = unheard.totalMs(performance.now());
    // In the order of the data. But the daemon still serves the events that recorders missed.
    await daemon.drain(STAY_MS);
    const stored = await Promise.all(
      supervised.slice(1).map((recorder) => recorder.stop(hurrying)),
    );
    const processes = [await daemon.stop(), ...stored].map((summary) => ({
      ...summary,
      unstored: unstored.get(summary.name)?.atLeast,
    }));

    haveEnded = true;
    const elapsedMs = performance.now() - startMs;
    const failed = processes.filter(({ ok }) => !ok);
    for (const { name, unstored = 0 } of processes) {
      if (unstored > 0) runLog.error(`${name} has at least ${count(unstored)} events in no file`);
    }
    return {
      ok: failed.length === 0,
      failure: failureOf(failed),
      leavesProcesses: supervised.some(({ running }) => running),
      data: { command: "run", elapsedMs, notListeningMs, killedDaemons, processes },
      text: [
        summaryText(processes),
        formatDuration(elapsedMs),
        ...(notListeningMs > 0 ? [unheardText(notListeningMs)] : []),
        ...(killedDaemons > 0 ? [killedText(killedDaemons)] : []),
      ].join("\n"),
    };
  },
});

/** Resolves when a process has refused its configuration. */
async function firstFailure(supervised: readonly Supervised[]): Promise<void> {
  const never = new Promise<void>(() => {});
  await Promise.race(supervised.map(async ({ ended }) => {
    const { code } = await ended;
    if (code === 0) await never;
  }));
}

async function allEnded(supervised: readonly Supervised[]): Promise<void> {
  await Promise.all(supervised.map(({ ended }) => ended));
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function statusLine(supervised: readonly Supervised[], unheard: UnheardTime): string {
  const texts = supervised.map(({ name, state, starts }) =>
    `${name} ${state}` + (starts > 1 ? `, started ${starts} times` : "")
  );
  const unheardMs = unheard.totalMs(performance.now());
  return [...texts, ...(unheardMs > 0 ? [unheardText(unheardMs)] : [])].join(" | ");
}

function unheardText(unheardMs: number): string {
  return `no daemon listened for ${formatDuration(unheardMs)}`;
}

function killedText(killedDaemons: number): string {
  return `${
    count(killedDaemons)
  } times a daemon died: the data that it held are in no file and in no counter`;
}

function failureOf(failed: readonly SupervisedSummary[]): Error | undefined {
  if (failed.length === 0) return undefined;
  const texts = failed.map(({ name, code, signal, late }) =>
    code === null
      ? `${name} ${late ? "could not be ended" : "had died"}`
      : code === 0
      ? `${name} took too long to drain`
      : signal !== null
      ? `${name} was killed by ${signal}`
      : `${name} ended with exit code ${code}`
  );
  const haveLogged = failed.some(({ code, signal, late }) =>
    signal === null && code !== 0 && !late
  );
  const message = `${texts.join(", ")}${haveLogged ? "; see its last log lines" : ""}`;
  return failed.some(({ code }) => code === 2)
    ? new ConfigurationError(message)
    : new OperationError(message);
}

function summaryText(summaries: readonly SupervisedSummary[]): string {
  return table([
    ["process", "starts", "exit code"],
    ...summaries.map(({ name, starts, code, done }) => [
      name,
      `${starts}`,
      done !== null ? "0, done" : code === null ? "-" : `${code}`,
    ]),
  ]);
}
