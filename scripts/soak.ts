/**
 * The acquisition under everything that can go wrong: a simulator with all faults, a daemon, and two
 * recorders, one of which is killed (SIGKILL) and restarted at random moments. In the end `ssdaq
 * check` proves for both files that every readout is stored exactly or named by a counter.
 *
 * `deno task soak [--duration 20s] [--kills N] [--seed N]`
 *
 * @module
 */

import { parseOptions } from "../cli/parse_options.ts";
import { optional, withDefault } from "../cli/option.ts";
import { duration, integer } from "../cli/value.ts";
import { daemonPlaces, SsdaqProcess } from "../cli/ssdaq_process.ts";
import { Terminal } from "../cli/terminal.ts";
import { messageOf, OperationError } from "../lib/errors.ts";
import { Random } from "../sim/random.ts";

/** The stream of the seed that the moments of kills are drawn from. */
const STREAM = 0x50ac;

/** How long a recorder lives before it is killed: uniform from the first to the second. */
const LIFE_MS = [300, 6000] as const;

/** How long the daemon may take to have everything in events, and a recorder to have it stored. */
const SETTLE_MS = 30_000;

const terminal = new Terminal();

/** What a run of the soak is to be. */
interface Soak {
  durationMs: number;
  kills: number;
  seed: number;
}

/** Faults of every kind, on a time line as long as the run. */
function faults({ durationMs, seed }: Soak): string[] {
  const at = (part: number) => `${Math.round(durationMs * part)}ms`;
  return [
    ...["--loss", "0.01", "--duplicate", "0.01", "--reorder", "0.05", "--corrupt", "0.005"],
    ...["--truncate", "0.005", "--jitter", "2ms", "--burst", "--seed", `${seed}`],
    ...["--kill-module", `7@${at(0.2)}`, "--revive-module", `7@${at(0.5)}`],
    ...["--kill-module", `30@${at(0.4)}`],
    ...["--reset-tack", at(0.3), "--reset-tack", at(0.7)],
  ];
}

/** Runs the soak; false when a single readout is unexplained. */
async function soak(options: Soak, folder: string): Promise<boolean> {
  await using daemon = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "127.0.0.1:0"],
    "--json",
  ]);
  const { target, endpoint, control = "" } = await daemonPlaces(daemon);
  const record = (file: string) =>
    new SsdaqProcess(["record", file, "--resume", "-e", endpoint, "--fill-gaps", control]);
  const files = { steady: `${folder}/steady.h5`, killed: `${folder}/killed.h5` };
  const manifest = `${folder}/manifest.json`;
  await using steady = record(files.steady);
  await steady.says(/listening to/);
  await using sim = new SsdaqProcess([
    ...["sim", "--target", target, "--duration", `${options.durationMs}ms`],
    ...["--manifest", manifest, ...faults(options)],
  ]);
  await sim.says(/modules from/);
  const kills = await killAgainAndAgain(() => record(files.killed), sim, options);
  await succeeded("sim", sim.ended);
  await settled(control);
  await using last = record(files.killed);
  const numbers = await numbersOf(control);
  await stored(files.steady, numbers);
  await stored(files.killed, numbers);
  await succeeded("record", steady.stop());
  await succeeded("record", last.stop());
  const { stdout } = await succeeded("daemon", daemon.stop());
  const status = `${folder}/daemon.json`;
  Deno.writeTextFileSync(status, stdout);
  terminal.print(`${kills} recorders were killed, each at a random moment`);
  return await proven(manifest, status, Object.values(files));
}

/** Starts recorders and kills them, one after the other, until the simulator has ended. */
async function killAgainAndAgain(
  start: () => SsdaqProcess,
  sim: SsdaqProcess,
  { kills: wanted, seed }: Soak,
): Promise<number> {
  const random = new Random(seed, STREAM);
  const lives = new Float64Array(1);
  let ended = false;
  const ending = sim.ended.then(() => ended = true);
  let kills = 0;
  while (!ended || kills < wanted) {
    random.fill(lives, ...LIFE_MS);
    await using recorder = start();
    const life = Promise.withResolvers<void>();
    const timer = setTimeout(life.resolve, lives[0]);
    // When there is nothing new any more, those that are left are killed as they start.
    await (ended ? life.promise : Promise.race([life.promise, ending]));
    clearTimeout(timer);
    await recorder.stop("SIGKILL");
    kills++;
    terminal.status(`${kills} recorders killed`);
  }
  terminal.endStatus();
  return kills;
}

/** Waits until nothing is open or held in the daemon. */
async function settled(control: string): Promise<void> {
  await eventually("the daemon to have everything in events", async () => {
    const response = await fetch(`${control}/status`);
    const { levels, brokenIdentities } = await response.json();
    const waiting = Object.values<number>(levels).reduce((sum, level) => sum + level, 0);
    return waiting === 0 && brokenIdentities.length === 0;
  });
}

/** Event numbers there are: the last one. */
async function numbersOf(control: string): Promise<number> {
  const response = await fetch(`${control}/status`);
  return (await response.json()).ledger.events.built;
}

/** Waits until a file holds all events. */
async function stored(file: string, events: number): Promise<void> {
  await eventually(`${events} events in ${file}`, async () => {
    const { code, stdout } = await SsdaqProcess.run("info", file, "--json");
    return code === 0 && JSON.parse(stdout).rows >= events;
  });
}

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + SETTLE_MS;
  while (!await condition()) {
    if (performance.now() > endMs) throw new OperationError(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function succeeded(name: string, ending: SsdaqProcess["ended"]) {
  const ended = await ending;
  if (ended.code !== 0) throw new OperationError(`${name} has failed:\n${ended.stderr}`);
  return ended;
}

/** What check says of each file. */
async function proven(manifest: string, status: string, files: string[]): Promise<boolean> {
  let ok = true;
  for (const file of files) {
    const { code, stdout, stderr } = await SsdaqProcess.run(
      ...["check", "--manifest", manifest, "--status", status, file],
    );
    terminal.print(`${file}\n${stdout}${stderr}`);
    ok &&= code === 0;
  }
  return ok;
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "ssdaq-soak-" });
  try {
    const options = {
      duration: withDefault(duration, "20s", { help: "how long to simulate" }),
      kills: withDefault(integer(0, 100_000), "5", { help: "recorders to kill at least" }),
      seed: optional(integer(0, 2 ** 32 - 1), { help: "seed of faults and kills [by the time]" }),
    };
    const { values } = parseOptions("soak", options, 0, Deno.args);
    const seed = values.seed ?? Date.now() % 2 ** 32;
    terminal.log(`soak for ${values.duration / 1000} s, seed ${seed}`);
    const ok = await soak({ durationMs: values.duration, kills: values.kills, seed }, folder);
    if (!ok) terminal.error(`the account does not close; files and manifest are in ${folder}`);
    else await Deno.remove(folder, { recursive: true });
    return ok ? 0 : 1;
  } catch (error) {
    terminal.error(`${messageOf(error)}; files are in ${folder}`);
    return 1;
  }
}

Deno.exit(await main());
