import { formatDuration } from "../lib/config/duration.ts";
import { ConfigurationError, OperationError } from "../lib/errors.ts";
import { defineCommand } from "./command.ts";
import type { Section } from "./config/section.ts";
import { sectionOf, Settings } from "./config/settings.ts";
import { table } from "./format.ts";
import { configuredRecorders } from "./run/recorder_arguments.ts";
import { type DaemonAddress, DaemonAddressReader } from "./run/daemon_address.ts";
import { ServiceManager } from "./run/service_manager.ts";
import { Supervised, type SupervisedSummary } from "./run/supervised.ts";
import { StatusLoop } from "./status_loop.ts";

/** `ssdaq run`: the whole acquisition under one supervisor. */
export const run = defineCommand({
  name: "run",
  summary: "run daemon and recorders together, and start again what dies",
  usage: "run [options]",
  maxOperands: 0,
  hasTable: false,
  options: {},
  examples: [
    ["ssdaq run", "as ./ssdaq.toml or /etc/ssdaq/ssdaq.toml says, until Ctrl-C"],
    ["ssdaq run --config night.toml --json", "as another file says; the summary in JSON"],
  ],
  notes:
    "The configuration's [daemon] says how to receive, build and publish; each [[recorder]] is a\n" +
    "recorder, with [record] below it. Without one, a single recorder does as [record] says.\n" +
    "Recorders listen to that daemon and fetch what they missed from it, unless told otherwise;\n" +
    "what a killed one left is repaired. What dies starts again after 1 s to 30 s. On SIGTERM and\n" +
    "Ctrl-C the daemon drains first, then the recorders. systemd is told when all are ready, and\n" +
    "that they live (Type=notify, WatchdogSec=).",
  async run({ values, sources, terminal, signal }) {
    const startMs = performance.now();
    const log = (line: string) => terminal.log(line);
    const settings = new Settings(sources, values.config);
    const recorders = configuredRecorders(settings.tables(sectionOf(sources, "recorder")));
    const file = settings.file === undefined ? "off" : Deno.realPathSync(settings.file.path);
    const config = `--config=${file}`;
    const source = settings.file?.path ?? "no configuration file";
    log(`daemon and ${recorders.length} recorders, as of ${source}`);

    const address = new DaemonAddressReader();
    const daemon = new Supervised({
      name: "daemon",
      args: () => ["daemon", config],
      log,
      onLine: (line) => address.read(line),
    });
    const supervised = [daemon];
    const status = () => statusLine(supervised);
    using _status = new StatusLoop(terminal, status);
    using manager = new ServiceManager(Deno.env.toObject(), status, log);
    const known = await Promise.race([address.known, daemon.ended, aborted(signal)]);
    if (known !== undefined && "endpoint" in known) {
      const usual = usualArguments(settings, sectionOf(sources, "record"), known);
      let listening = 0;
      for (const { name, args } of recorders) {
        supervised.push(
          new Supervised({
            name,
            args: () => ["record", config, "--resume", ...usual, ...args],
            log,
            onLine: (line) => {
              if (line.startsWith("listening to ") && ++listening === recorders.length) {
                manager.ready();
              }
            },
          }),
        );
      }
    }
    await Promise.race([aborted(signal), firstFailure(supervised), allEnded(supervised)]);
    manager.stopping();
    // Down the stream: what the daemon still publishes is stored.
    const summaries: SupervisedSummary[] = [await daemon.stop()];
    summaries.push(...await Promise.all(supervised.slice(1).map((recorder) => recorder.stop())));

    const elapsedMs = performance.now() - startMs;
    const failed = summaries.filter(({ code }) => code !== 0);
    return {
      ok: failed.length === 0,
      failure: failureOf(failed),
      data: { command: "run", elapsedMs, processes: summaries },
      text: `${summaryText(summaries)}\n${formatDuration(elapsedMs)}`,
    };
  },
});

/** What a recorder is told of the daemon, unless the configuration says otherwise. */
function usualArguments(
  settings: Settings,
  record: Section,
  { endpoint, control }: DaemonAddress,
): string[] {
  const usual = { endpoint, fillGaps: control ?? "off" };
  const args: string[] = [];
  const isSaid = (name: string) => settings.of(record, name).from !== "default";
  if (!isSaid("endpoint")) args.push(`--endpoint=${usual.endpoint}`);
  if (!isSaid("fillGaps")) args.push(`--fill-gaps=${usual.fillGaps}`);
  return args;
}

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

function statusLine(supervised: readonly Supervised[]): string {
  return supervised.map(({ name, running, starts }) =>
    `${name} ${running ? "runs" : "is down"}` + (starts > 1 ? `, started ${starts} times` : "")
  ).join(" | ");
}

function failureOf(failed: readonly SupervisedSummary[]): Error | undefined {
  if (failed.length === 0) return undefined;
  const told = failed.map(({ name, code }) =>
    code === null ? `${name} had died` : `${name} ended with exit code ${code}`
  );
  const message = `${told.join(", ")}; its last lines say why`;
  return failed.some(({ code }) => code === 2)
    ? new ConfigurationError(message)
    : new OperationError(message);
}

function summaryText(summaries: readonly SupervisedSummary[]): string {
  return table([
    ["process", "starts", "exit code"],
    ...summaries.map((
      { name, starts, code },
    ) => [name, `${starts}`, code === null ? "-" : `${code}`]),
  ]);
}
