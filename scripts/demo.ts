/**
 * The main job: 32 simulated modules, a daemon and a recorder as separate processes, over real
 * sockets. It prints the account and the content of the file at the end. It keeps the file and the
 * camera's mean image.
 *
 * `deno task demo [--seconds 10] [--file demo-TIME.h5]`
 *
 * @module
 */

import { optional, withDefault } from "../cli/options/option.ts";
import { integer, text } from "../cli/options/value.ts";
import { daemonPlaces, SsdaqProcess } from "../cli/process/ssdaq_process.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import type { DaemonLedger, RecorderLedger } from "../lib/ledger/ledger.ts";
import { Listener } from "../lib/listener/listener.ts";
import { summarizeEvent } from "../lib/statistics/event_summary.ts";
import type { SimulatorSummary } from "../sim/simulator_summary.ts";
import { taskOptions } from "./task_options.ts";

const RATE = 10;
const MODULES = 32;

const terminal = new Terminal();

/** Runs the demo; false when an event was lost or the account does not close. */
async function demo(seconds: number, file: string): Promise<boolean> {
  const say = (who: string) => (line: string) => terminal.print(`${who.padEnd(8)}| ${line}`);
  await using daemon = new SsdaqProcess(
    ["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "off", "--json"],
    say("daemon"),
  );
  const { target, endpoint } = await daemonPlaces(daemon);
  await using record = new SsdaqProcess(["record", file, "-e", endpoint, "--json"], say("record"));
  await record.says(/listening to/);
  await using listener = await Listener.connect({ endpoints: [endpoint] });
  await daemon.says(/subscriber joined, now 2/);
  const duration = `${seconds}s`;
  await using sim = new SsdaqProcess(
    ["sim", "--modules", `${MODULES}`, "--target", target, "--duration", duration, "--json"],
    say("sim"),
  );
  const watching = watch(listener, seconds * RATE);
  const sent = await sim.ended;
  listener.end();
  await watching;
  const built = await daemon.stop();
  const stored = await record.stop();
  for (const { code, stderr } of [sent, built, stored]) {
    if (code !== 0) throw new Error(`a process failed:\n${stderr}`);
  }
  terminal.print("");
  terminal.print((await SsdaqProcess.run("info", file)).stdout);
  const image = `${file.replace(/\.h5$/, "")}.png`;
  const drawn = await SsdaqProcess.run("plot", file, "--mean", "-o", image);
  if (drawn.code !== 0) throw new Error(`the image could not be drawn:\n${drawn.stderr}`);
  terminal.print(drawn.stdout);
  const summaries: Summaries = {
    sim: JSON.parse(sent.stdout),
    daemon: JSON.parse(built.stdout),
    record: JSON.parse(stored.stdout),
  };
  return account(summaries, seconds * RATE);
}

/** Prints each event that a second subscriber hears. */
async function watch(listener: Listener, total: number): Promise<void> {
  for await (const event of listener) {
    const { number, modules, complete, meanMillivolts } = summarizeEvent(event);
    if (number % BigInt(RATE) !== 0n) continue;
    terminal.print(
      `events  | ${number} of ${total}: ${modules} modules, ` +
        `${complete ? "complete" : "not complete"}, mean ${meanMillivolts?.toFixed(1)} mV`,
    );
  }
}

interface Summaries {
  sim: SimulatorSummary;
  daemon: { ledger: DaemonLedger; brokenIdentities: string[] };
  record: { ledger: RecorderLedger; brokenIdentities: string[] };
}

/** Prints the numbers of each stage, and whether anything was lost. */
function account({ sim, daemon, record }: Summaries, events: number): boolean {
  const { packets, readouts, events: { built, complete, published } } = daemon.ledger;
  const { heard, stored, missed } = record.ledger.recorder;
  const rows: [string, number, number][] = [
    ["packets sent", sim.packetsSent, sim.packetsSent],
    ["packets received", packets.received, sim.packetsSent],
    ["packets the kernel dropped", packets.kernelDropped, 0],
    ["readouts sent", sim.readoutsSent, events * MODULES],
    ["readouts placed in events", readouts.placed, sim.readoutsSent],
    ["events built", built, events],
    ["events complete", complete, events],
    ["events published", published, events],
    ["events heard by the recorder", heard, events],
    ["events stored", stored, events],
    ["events missed", missed, 0],
  ];
  for (const [name, value, expected] of rows) {
    const verdict = value === expected ? "" : `   EXPECTED ${expected}`;
    terminal.print(`${name.padEnd(30)}${String(value).padStart(8)}${verdict}`);
  }
  const broken = [...daemon.brokenIdentities, ...record.brokenIdentities];
  for (const identity of broken) terminal.print(`THE ACCOUNT DOES NOT CLOSE: ${identity}`);
  const ok = broken.length === 0 && rows.every(([, value, expected]) => value === expected);
  terminal.print(ok ? "nothing was lost: the account closes" : "SOMETHING WAS LOST");
  return ok;
}

async function main(): Promise<number> {
  try {
    const options = {
      seconds: withDefault(integer(1, 3600), "10", { help: "how long to simulate" }),
      file: optional(text, { help: "file to write" }),
    };
    const { values } = taskOptions({
      name: "demo",
      summary:
        "Simulates 32 modules, and acquires, publishes and records them. Keeps the file and an image.",
      options,
      examples: [["", "ten seconds"], [
        "--seconds 60 --file demo.h5",
        "a minute, to a file of this name",
      ]],
    });
    const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "");
    return await demo(values.seconds, values.file ?? `demo-${time}Z.h5`) ? 0 : 1;
  } catch (error) {
    terminal.error(error);
    return 1;
  }
}

const code = await main();
await terminal.close();
Deno.exit(code);
