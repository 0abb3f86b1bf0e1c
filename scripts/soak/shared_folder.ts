import { daemonPlaces, SsdaqProcess } from "../../cli/process/ssdaq_process.ts";
import { OperationError } from "../../lib/errors.ts";
import { Moments, pause, proven, settled, type Soak, standStill, succeeded } from "./scenario.ts";

/** Stream of the seed. */
const ROUNDS = 0x50b0;

/** The run number of every run here. */
const RUN = "7";

/** The shortest time of a round, and the largest number of rounds. */
const MIN_ROUND_MS = 20_000;
const MAX_ROUNDS = 60;

/** How long the recorder is stopped before it is asked to end. */
const STOP_MS = [1000, 4000] as const;

/** A daemon and its addresses. */
interface Daemon extends AsyncDisposable {
  process: SsdaqProcess;
  target: string;
  endpoint: string;
  control: string;
}

/**
 * Two cameras with one daemon each, both with the same `--run`. One recorder writes both into one
 * folder, without a replay buffer. The first daemon is restarted again and again. The recorder is
 * stopped for a time, is asked to end while it is behind, and continues with `--resume`.
 *
 * @returns whether every readout of both cameras is explained
 */
export async function soakSharedFolder(soak: Soak): Promise<boolean> {
  const { durationMs, seed, log } = soak;
  const folder = `${soak.folder}/shared`;
  await Deno.mkdir(folder);
  const moments = new Moments(seed, ROUNDS);
  const rounds = Math.min(MAX_ROUNDS, Math.max(2, Math.floor(durationMs / MIN_ROUND_MS)));
  const roundMs = Math.round(durationMs / rounds);
  const otherManifest = `${soak.folder}/other.json`;
  const manifests = [otherManifest];
  const statuses: string[] = [];
  const ended = async ({ process }: Daemon) => {
    const { stdout } = await succeeded("daemon", process.stop("SIGTERM"));
    const status = `${soak.folder}/shared-daemon-${statuses.length}.json`;
    Deno.writeTextFileSync(status, stdout);
    statuses.push(status);
  };

  await using other = await startDaemon("tcp://127.0.0.1:0");
  let first = await startDaemon("tcp://127.0.0.1:0");
  const { endpoint } = first;
  const record = () =>
    new SsdaqProcess([
      ...["record", "--folder", folder, "--prefix", "both", "--resume", "--fill-gaps", "off"],
      ...["-e", endpoint, "-e", other.endpoint, "--json"],
    ]);
  let recorder = record();
  try {
    await heard(other, 1);
    const otherSim = simulate(other, roundMs * rounds, seed + 1, otherManifest);
    // Its failure is handled below.
    otherSim.catch(() => {});
    for (let round = 0; round < rounds; round++) {
      await heard(first, 1);
      const manifest = `${soak.folder}/first-${round}.json`;
      manifests.push(manifest);
      const sim = simulate(first, roundMs, seed + 2 + round, manifest);
      // In the first part of a round: a later event shows what was missed.
      await pause(moments.between(0.1 * roundMs, 0.4 * roundMs));
      await standStill(recorder, moments.between(...STOP_MS));
      recorder = await endBehind(recorder, record, moments);
      await heard(first, 2);
      await sim;
      await settled(first.control);
      await ended(first);
      await first[Symbol.asyncDispose]();
      if (round + 1 < rounds) first = await startDaemon(endpoint);
    }
    await otherSim;
    await settled(other.control);
    await ended(other);
    await succeeded("record", recorder.stop("SIGTERM"));
  } finally {
    await first[Symbol.asyncDispose]();
    await recorder[Symbol.asyncDispose]();
  }
  const files = Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".h5")).sort();
  log(`${rounds} daemons and one beside them had run ${RUN}; ${files.length} files`);
  return await proven(soak, `two daemons, one folder: ${folder}`, { manifests, statuses, files });
}

/** Ends a recorder that is stopped. It must store everything that was sent to it until then. */
async function endBehind(
  recorder: SsdaqProcess,
  record: () => SsdaqProcess,
  moments: Moments,
): Promise<SsdaqProcess> {
  Deno.kill(recorder.pid, "SIGSTOP");
  await pause(moments.between(...STOP_MS));
  const stopping = recorder.stop("SIGTERM");
  Deno.kill(recorder.pid, "SIGCONT");
  const { stdout } = await succeeded("record", stopping);
  const { ledger, brokenIdentities } = JSON.parse(stdout);
  if (ledger.recorder.unstored > 0 || brokenIdentities.length > 0) {
    throw new OperationError(
      `a recorder that was asked to end did not store everything:\n${stdout}`,
    );
  }
  return record();
}

async function startDaemon(endpoint: string): Promise<Daemon> {
  const process = new SsdaqProcess([
    ...["daemon", "-l", "127.0.0.1:0", "-p", endpoint, "--control", "127.0.0.1:0"],
    ...["--run", RUN, "--json"],
  ]);
  const { control = "", ...places } = await daemonPlaces(process);
  return {
    process,
    ...places,
    control,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Waits until a recorder has subscribed for the nth time. */
async function heard({ control }: Daemon, nth: number): Promise<void> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    const { publish } = await (await fetch(`${control}/status`)).json();
    if (publish[0].joined >= nth && publish[0].subscribers === 1) return;
    if (performance.now() > endMs) {
      throw new OperationError("timeout: the recorder does not subscribe");
    }
    await pause(100);
  }
}

async function simulate(
  { target }: Daemon,
  durationMs: number,
  seed: number,
  manifest: string,
): Promise<void> {
  await succeeded(
    "sim",
    SsdaqProcess.run(
      ...["sim", "--target", target, "--duration", `${durationMs}ms`, "--seed", `${seed}`],
      ...["--manifest", manifest],
    ),
  );
}
