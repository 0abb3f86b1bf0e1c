import { formatDuration } from "../../../lib/text/duration.ts";
import { ConfigurationError, OperationError } from "../../../lib/errors.ts";
import { StageLog } from "../../../lib/notice.ts";
import { defineCommand } from "../../command.ts";
import { sectionOf, Settings } from "../../config/settings.ts";
import { daemonOptions } from "../daemon/options.ts";
import { count, table } from "../../terminal/format.ts";
import { withDefault } from "../../options/option.ts";
import { DAEMON_BACK_OFF, RECORDER_BACK_OFF } from "./back_off.ts";
import { checkedRecorders } from "./checked_recorders.ts";
import { type DaemonAddress, daemonAddress } from "./daemon_address.ts";
import { usualArguments } from "./recorder_arguments.ts";
import { ALIVE_MS } from "../../process/report.ts";
import { ReportSocket } from "../../process/report_socket.ts";
import { ServiceManager } from "./service_manager.ts";
import { DAEMON_PATIENCE, RECORDER_PATIENCE, STAY_MS } from "./patience.ts";
import { deathOf, Supervised, type SupervisedSummary } from "./supervised.ts";
import { UnheardTime } from "./unheard_time.ts";
import { UnstoredEvents } from "./unstored_events.ts";
import { StatusLoop } from "../../terminal/status_loop.ts";
import { duration } from "../../options/value.ts";

/** `ssdaq run`: the whole acquisition under one supervisor. */
export const run = defineCommand({
  name: "run",
  summary: "run daemon and recorders together, and start again what dies or hangs",
  usage: "run [options]",
  maxOperands: 0,
  endsWithAccount: true,
  hasTable: false,
  options: {
    hangAfter: withDefault(duration, "10s", {
      placeholder: "TIME",
      help: "kill what has not said for so long that it lives, and start it again",
    }),
  },
  examples: [
    ["ssdaq run", "as ./ssdaq.toml or /etc/ssdaq/ssdaq.toml says, until Ctrl-C"],
    ["ssdaq run --config night.toml --json", "as another file says; the summary in JSON"],
  ],
  notes:
    "The configuration's [daemon] says how to receive, build and publish; each [[recorder]] is a\n" +
    "recorder, with [record] below it. Without one, a single recorder does as [record] says.\n" +
    "Recorders listen to that daemon and fetch what they missed from it, unless told otherwise;\n" +
    "what a killed one left is repaired. What dies, or hangs for --hang-after, starts again: a\n" +
    "daemon after 0.1 s to 5 s, a recorder after 1 s to 30 s. On SIGTERM and Ctrl-C the daemon\n" +
    "drains, then the recorders store all that it still has, then it ends. systemd is told when\n" +
    "all are ready, and that all live (Type=notify, WatchdogSec=).",
  async run({ values, sources, terminal, signal, hurry }) {
    const startMs = performance.now();
    const hurrying = hurry();
    const { log, relay } = terminal;
    const runLog = new StageLog("run", log);
    const { hangAfter: hangMs, logLevel } = values;
    if (hangMs < 2 * ALIVE_MS) {
      throw new ConfigurationError(
        `--hang-after ${
          formatDuration(hangMs)
        }: processes say once a second that they live; give ` +
          "2s or more",
      );
    }
    const settings = new Settings(sources, values.config);
    const recorders = checkedRecorders(settings, sources);
    const file = settings.file === undefined ? "off" : Deno.realPathSync(settings.file.path);
    const config = `--config=${file}`;
    const source = settings.file?.path ?? "no configuration file";
    runLog.info(`daemon and ${recorders.length} recorders, as of ${source}`);

    await using reports = new ReportSocket(log);
    const supervised: Supervised[] = [];
    let haveEnded = false;
    await using stopping = new AsyncDisposableStack();
    // Whatever goes wrong here, they drain before nobody hears them any more.
    stopping.defer(async () => {
      if (!haveEnded) await Promise.all(supervised.map((each) => each.stop()));
    });
    const unheard = new UnheardTime(startMs);
    const status = () => statusLine(supervised, unheard);
    const isAlive = () => supervised.every(({ alive }) => alive);
    using manager = new ServiceManager(Deno.env.toObject(), status, log, isAlive);
    let isToldReady = false;
    const noteReady = () => {
      const isWhole = supervised.length === 1 + recorders.length;
      if (isToldReady || !isWhole || supervised.some(({ ready }) => ready === undefined)) return;
      isToldReady = true;
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
      onReport({ listening, ready }, tell) {
        if (listening) {
          const nowMs = performance.now();
          const unheardMs = unheard.listen(nowMs);
          tell({ unheardMs, unheardTotalMs: unheard.totalMs(nowMs) });
        }
        if (ready === undefined) return;
        address = daemonAddress(ready);
        known.resolve();
        noteReady();
      },
      onEnd(lastHeardMs, { summary, wasReady, code, signal }) {
        unheard.cease(lastHeardMs);
        // One that ends by itself has published what it had, and tells its counters.
        if (!wasReady || summary !== undefined) return;
        killedDaemons++;
        runLog.error(
          `daemon ${deathOf({ code, signal })}: the readouts of its open events, up to its last ` +
            `${formatDuration(deadlineMs)}, and what it had not delivered yet, are in no file ` +
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
    // That none listens after it was told to end is as it should be.
    const notListeningMs = unheard.totalMs(performance.now());
    // Down the stream; but the daemon serves on until the recorders have what they missed.
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

/** Resolves when one of them has refused its configuration. */
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
  const told = supervised.map(({ name, state, starts }) =>
    `${name} ${state}` + (starts > 1 ? `, started ${starts} times` : "")
  );
  const unheardMs = unheard.totalMs(performance.now());
  return [...told, ...(unheardMs > 0 ? [unheardText(unheardMs)] : [])].join(" | ");
}

function unheardText(unheardMs: number): string {
  return `no daemon listened for ${formatDuration(unheardMs)}`;
}

function killedText(killedDaemons: number): string {
  return `what a daemon held when it died is in no file and no counter: ${
    count(killedDaemons)
  } times`;
}

function failureOf(failed: readonly SupervisedSummary[]): Error | undefined {
  if (failed.length === 0) return undefined;
  const told = failed.map(({ name, code, signal, late }) =>
    code === null
      ? `${name} ${late ? "could not be ended" : "had died"}`
      : code === 0
      ? `${name} took too long to drain`
      : signal !== null
      ? `${name} was killed by ${signal}`
      : `${name} ended with exit code ${code}`
  );
  const haveSpoken = failed.some(({ code, signal, late }) =>
    signal === null && code !== 0 && !late
  );
  const message = `${told.join(", ")}${haveSpoken ? "; its last lines say why" : ""}`;
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
