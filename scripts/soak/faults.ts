import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { itemAt } from "../../lib/item_at.ts";
import {
  eventually,
  Moments,
  pause,
  proven,
  settled,
  type Soak,
  standStill,
  succeeded,
} from "./scenario.ts";

/** Streams of the seed. */
const KILLS = 0x50ac;
const STOPS = 0x50ad;
const RESETS = 0x50ae;

/** How long a recorder lives before it is killed: uniform from the first to the second. */
const LIFE_MS = [300, 6000] as const;

/** How long a process is stopped, and how long it runs before. */
const STOP_MS = [500, 3000] as const;
const CALM_MS = [4000, 12_000] as const;

/** Runs that start one right after the other, and how often this is done. */
const QUICK_RESETS = 3;
const RESETS_EVERY_MS = [10_000, 30_000] as const;

/** Faults of every kind, at times relative to the length of the run. */
function faults({ durationMs, seed }: Soak, moments: Moments): string[] {
  const at = (part: number) => `${Math.round(durationMs * part)}ms`;
  // At any readout of a packet.
  const reset = (part: number) => `${Math.round(durationMs * part) + moments.between(0, 1000)}ms`;
  return [
    ...["--loss", "0.01", "--duplicate", "0.01", "--reorder", "0.05", "--corrupt", "0.005"],
    ...["--truncate", "0.005", "--jitter", "2ms", "--burst", "--seed", `${seed}`],
    ...["--kill-module", `7@${at(0.2)}`, "--revive-module", `7@${at(0.5)}`],
    ...["--kill-module", `30@${at(0.4)}`],
    ...["--reset-tack", reset(0.3), "--reset-tack", reset(0.5), "--reset-tack", reset(0.7)],
  ];
}

/**
 * One camera with all faults, also TACK resets inside packets, and two recorders. One recorder is
 * killed (SIGKILL) and restarted again and again. Simulator, daemon and the other recorder are each
 * stopped (SIGSTOP) for some seconds. Runs are started one right after the other.
 *
 * @returns whether every readout is explained for both recorders
 */
export async function soakFaults(soak: Soak): Promise<boolean> {
  const { folder, durationMs, seed, log } = soak;
  await using daemon = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", "tcp://127.0.0.1:0", "--control", "127.0.0.1:0"],
    "--json",
  ]);
  const { target, endpoint, control = "" } = await daemonPlaces(daemon);
  const record = (file: string) =>
    new SsdaqProcess(["record", file, "--resume", "-e", endpoint, "--fill-gaps", control]);
  const files = { steady: `${folder}/steady.h5`, killed: `${folder}/killed.h5` };
  const manifest = `${folder}/faults.json`;
  await using steady = record(files.steady);
  await steady.says(/listening to/);
  await using sim = new SsdaqProcess([
    ...["sim", "--target", target, "--duration", `${durationMs}ms`, "--manifest", manifest],
    ...faults(soak, new Moments(seed, RESETS)),
  ]);
  await sim.says(/modules from/);
  const [kills, stops, runs] = await Promise.all([
    killAgainAndAgain(() => record(files.killed), sim, soak),
    stopAgainAndAgain([daemon, steady, sim], sim, soak),
    startRunsAgainAndAgain(control, sim, soak),
  ]);
  await succeeded("sim", sim.ended);
  const events = await settled(control);
  await using last = record(files.killed);
  await stored(files.steady, events);
  await stored(files.killed, events);
  await succeeded("record", steady.stop());
  await succeeded("record", last.stop());
  const { stdout } = await succeeded("daemon", daemon.stop());
  const status = `${folder}/daemon.json`;
  Deno.writeTextFileSync(status, stdout);
  log(
    `${kills} recorders were killed, processes were stopped ${stops} times, ${runs} runs started`,
  );
  let ok = true;
  for (const [name, file] of Object.entries(files)) {
    const parts = { manifests: [manifest], statuses: [status], files: [file] };
    ok = await proven(soak, `all faults, the ${name} recorder: ${file}`, parts) && ok;
  }
  return ok;
}

/** Starts recorders and kills them, one after the other, until the simulator has ended. */
async function killAgainAndAgain(
  start: () => SsdaqProcess,
  sim: SsdaqProcess,
  { kills: wanted, seed }: Soak,
): Promise<number> {
  const moments = new Moments(seed, KILLS);
  let ended = false;
  const ending = sim.ended.then(() => ended = true);
  let kills = 0;
  while (!ended || kills < wanted) {
    const lifeMs = moments.between(...LIFE_MS);
    await using recorder = start();
    // Without new events, the remaining recorders are killed as they start.
    await pause(lifeMs, ended ? undefined : ending);
    await recorder.stop("SIGKILL");
    kills++;
  }
  return kills;
}

async function stopAgainAndAgain(
  processes: readonly SsdaqProcess[],
  sim: SsdaqProcess,
  { seed }: Soak,
): Promise<number> {
  const moments = new Moments(seed, STOPS);
  let ended = false;
  const ending = sim.ended.then(() => ended = true);
  for (let stops = 0;; stops++) {
    await pause(moments.between(...CALM_MS), ending);
    if (ended) return stops;
    await standStill(itemAt(processes, stops % processes.length), moments.between(...STOP_MS));
  }
}

async function startRunsAgainAndAgain(
  control: string,
  sim: SsdaqProcess,
  { seed }: Soak,
): Promise<number> {
  const moments = new Moments(seed, RESETS + 1);
  let ended = false;
  const ending = sim.ended.then(() => ended = true);
  for (let runs = 0;; runs += QUICK_RESETS) {
    await pause(moments.between(...RESETS_EVERY_MS), ending);
    if (ended) return runs;
    for (let left = QUICK_RESETS; left > 0; left--) {
      const response = await fetch(`${control}/reset-count`, { method: "POST" });
      await response.body?.cancel();
    }
  }
}

/** Waits until a file has all events. */
async function stored(file: string, events: number): Promise<void> {
  await eventually(`${events} events in ${file}`, async () => {
    const { code, stdout } = await SsdaqProcess.run("info", file, "--json");
    return code === 0 && JSON.parse(stdout).rows >= events;
  });
}
