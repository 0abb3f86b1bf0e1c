import { KILLED, type Stop, StoppedProcess } from "./stopped_process.ts";
import { sleep } from "../../lib/time/sleep.ts";

/** Port of the discard protocol: nobody listens there. */
const NOBODY = "127.0.0.1:9";

/**
 * Stops a simulator while it writes its manifest. If it was killed there, no part of a manifest has
 * the name, and the next simulator writes all of it; if it stood still, it has written it.
 *
 * @param folder an empty folder for the manifest
 * @param stillMs how long it stands still
 * @returns false if it never came to the moment
 * @throws {Error} with what is not as it must be
 */
export async function stopSim(stop: Stop, folder: string, stillMs: number): Promise<boolean> {
  const manifest = `${folder}/manifest.json`;
  const args = ["sim", "--target", NOBODY, "--readouts", "20", "--speed", "max"];
  await using sim = new StoppedProcess([...args, "--manifest", manifest], stop);
  await sim.until("it ends", () => false);
  const hasStopped = sim.standsStill;
  if (hasStopped) {
    await sleep(stillMs);
    sim.goOn();
    await sim.until("it ends", () => false);
  }
  const { code, stderr } = await sim.settled();
  if (stop.how === "stop" || code !== KILLED) {
    if (code !== 0) throw new Error(`exit code ${code}:\n${stderr}`);
    checkManifest(manifest);
    return hasStopped;
  }
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  if (names.includes("manifest.json")) checkManifest(manifest);
  await using next = new StoppedProcess([...args, "--manifest", manifest]);
  await next.until("it ends", () => false);
  const ended = await next.settled();
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}:\n${ended.stderr}`);
  checkManifest(manifest);
  return true;
}

function checkManifest(path: string): void {
  const { readouts } = JSON.parse(Deno.readTextFileSync(path)) as { readouts: number };
  if (readouts !== 20) throw new Error(`the manifest has ${readouts} readouts instead of 20`);
}
