import {
  type DaemonPlaces,
  daemonPlaces,
  type Ended,
  SsdaqProcess,
} from "../../cli/process/ssdaq_process.ts";
import type { DaemonLedger, RecorderLedger } from "../../lib/ledger/ledger.ts";
import { assertEquals } from "../assert.ts";
import { waitFor } from "../wait_for.ts";

/** A daemon as a process, and where it is. */
export interface RunningDaemon extends DaemonPlaces, AsyncDisposable {
  daemon: SsdaqProcess;
}

/** Starts a daemon on free ports. */
export function startDaemon(...options: string[]): Promise<RunningDaemon> {
  return startDaemonAt("127.0.0.1", ...options);
}

/** Starts a daemon that publishes and is controlled on free ports of an address of this host. */
export async function startDaemonAt(host: string, ...options: string[]): Promise<RunningDaemon> {
  const daemon = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", `tcp://${host}:0`, "--control", `${host}:0`],
    ...options,
  ]);
  const dispose = () => daemon[Symbol.asyncDispose]();
  try {
    return { daemon, ...await daemonPlaces(daemon), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Starts a subscriber: `record` or `listen`; it hears every event from now on. */
export async function startSubscriber(
  { daemon, endpoint }: RunningDaemon,
  args: string[],
  nth = 1,
): Promise<SsdaqProcess> {
  const subscriber = new SsdaqProcess([...args, "-e", endpoint]);
  try {
    await subscriber.says(/connected to/);
    await daemon.says(new RegExp(`subscriber joined, now ${nth}\\b`));
  } catch (error) {
    await subscriber[Symbol.asyncDispose]();
    throw error;
  }
  return subscriber;
}

/** Runs `sim` to its end, and returns its summary. */
export async function simulate(target: string, ...options: string[]): Promise<SimSummary> {
  return dataOf(await SsdaqProcess.run("sim", "--target", target, "--json", ...options));
}

/** Waits until a daemon has published so many events: it may be behind the modules. */
export async function hasPublished({ control }: RunningDaemon, events: number): Promise<void> {
  await waitFor(`${events} events`, async () => {
    const { ledger } = await (await fetch(`${control}/status`)).json();
    return (ledger as DaemonLedger).events.published === events;
  });
}

/** What `sim --json` prints; the times are beyond 2^53, so JSON.parse() rounds them. */
export interface SimSummary {
  packetsSent: number;
  readoutsSent: number;
  sendErrors: number;
  slots: { slot: number; address: string; packets: number; readouts: number }[];
}

/** What `daemon --json` prints. */
export interface DaemonSummary {
  ledger: DaemonLedger;
  brokenIdentities: string[];
}

/** What `record --json` prints. */
export interface RecordSummary {
  files: { path: string; rows: number; bytes: number }[];
  ledger: RecorderLedger;
  brokenIdentities: string[];
}

/** What `info --json` prints, in part. */
export interface InfoSummary {
  rows: number;
  unclosed: boolean;
  filters: string[];
  attributes: Record<string, string>;
  runs: { firstNumber: number; lastNumber: number; missing: number; complete: number }[];
}

/** The JSON that a command printed; it must have ended well. */
export function dataOf<Data>({ code, stdout, stderr }: Ended): Data {
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** `info --json` of a file. */
export async function infoOf(file: string): Promise<InfoSummary> {
  return dataOf(await SsdaqProcess.run("info", file, "--json"));
}

/** Nothing was lost on the way to the daemon's subscribers: sent = received = placed. */
export function assertNothingLost(sim: SimSummary, daemon: DaemonSummary, events: number): void {
  const { packets, readouts, events: { built, complete, published } } = daemon.ledger;
  assertEquals(sim.sendErrors, 0);
  assertEquals([packets.received, packets.accepted], [sim.packetsSent, sim.packetsSent]);
  assertEquals(packets.kernelDropped, 0);
  assertEquals([readouts.decoded, readouts.placed], [sim.readoutsSent, sim.readoutsSent]);
  assertEquals([readouts.late, readouts.duplicate], [0, 0]);
  assertEquals([built, complete, published], [events, events, events]);
  assertEquals(daemon.brokenIdentities, []);
}
