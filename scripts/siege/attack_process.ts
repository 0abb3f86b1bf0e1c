/**
 * One attack as a process: `attack_process.ts NAME TARGETS SEED SECONDS`. It ends by itself, or at
 * SIGTERM, and prints its tally as JSON.
 *
 * @module
 */

import { type AttackName, ATTACKS } from "./attacks.ts";
import { Strangers, type Tally, type Targets } from "./strangers.ts";

const [name = "", targets = "", seed = "", seconds = ""] = Deno.args;
const attack = ATTACKS[name as AttackName];
const ending = new AbortController();
const tally: Tally = {};
Deno.addSignalListener("SIGTERM", () => ending.abort());
setTimeout(() => ending.abort(), Number(seconds) * 1000);
const strangers = new Strangers(Number(seed), tally, ending.signal);
let failure: unknown;
try {
  await attack({
    targets: JSON.parse(targets) as Targets,
    strangers,
    tally,
    signal: ending.signal,
  });
} catch (error) {
  // What breaks off at the end of the siege is no failure.
  if (!ending.signal.aborted) failure = error;
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(tally)));
if (failure !== undefined) await Deno.stderr.write(new TextEncoder().encode(String(failure)));
Deno.exit(failure === undefined ? 0 : 1);
