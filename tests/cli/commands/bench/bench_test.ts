import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../../../assert.ts";

const MAIN = fileURLToPath(new URL("../../../../cli/main.ts", import.meta.url));

Deno.test("bench measures the whole chain at a rate, and its accounts close", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", MAIN, "bench", "--json"],
      ...["--rate", "640", "--duration", "1s", "--record", "none"],
    ],
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  const { trials: [trial] } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(trial.brokenIdentities, []);
  assertEquals(trial.lost, {}, said);
  assert(trial.packetsPerSecond > 0 && trial.packetsPerSecond < 700);
  assertEquals(Object.keys(trial.processes), ["sim", "daemon", "listen", "record"]);
  if (Deno.build.os === "linux") assert(trial.processes.daemon.peakResidentBytes > 1e7);
});
