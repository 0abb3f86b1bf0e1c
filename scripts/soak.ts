/**
 * Runs the acquisition with every fault; at the end `ssdaq check` proves for all files that every
 * readout is stored exactly or explained by a counter. Two scenarios run at the same time:
 * {@linkcode soakFaults} and {@linkcode soakSharedFolder}.
 *
 * `deno task soak [--duration 20s] [--kills N] [--seed N]`
 *
 * @module
 */

import { optional, withDefault } from "../cli/options/option.ts";
import { duration, integer } from "../cli/options/value.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { soakFaults } from "./soak/faults.ts";
import type { Soak } from "./soak/scenario.ts";
import { soakSharedFolder } from "./soak/shared_folder.ts";
import { taskOptions } from "./task_options.ts";

const terminal = new Terminal();

/** Runs both scenarios; false when a readout is not explained. */
async function soakAll(soak: Soak): Promise<boolean> {
  const endings = await Promise.allSettled([soakFaults(soak), soakSharedFolder(soak)]);
  let ok = true;
  for (const ending of endings) {
    if (ending.status === "rejected") terminal.error(ending.reason);
    ok &&= ending.status === "fulfilled" && ending.value;
  }
  return ok;
}

async function main(): Promise<number> {
  const options = {
    duration: withDefault(duration, "20s", { help: "how long to simulate" }),
    kills: withDefault(integer(0, 100_000), "5", { help: "least number of recorders to kill" }),
    seed: optional(integer(0, 2 ** 32 - 1), { help: "seed of everything random [from the time]" }),
  };
  const { values } = taskOptions({
    name: "soak",
    summary:
      "Runs the acquisition with every fault, and kills recorders again and again. At the end ssdaq check\n" +
      "explains every readout, or the soak fails.",
    options,
    examples: [["", "20 s of data"], ["--duration 1h --kills 1000", "an hour"]],
  });
  const seed = values.seed ?? Date.now() % 2 ** 32;
  const folder = await Deno.makeTempDir({ prefix: "ssdaq-soak-" });
  terminal.info(`soak for ${values.duration / 1000} s, seed ${seed}`);
  const ok = await soakAll({
    ...{ durationMs: values.duration, kills: values.kills, seed, folder },
    log: (line) => terminal.info(line),
    print: (text) => terminal.print(text),
  });
  if (!ok) terminal.error(`the account does not close; files and manifests are in ${folder}`);
  else await Deno.remove(folder, { recursive: true });
  return ok ? 0 : 1;
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(error);
}
await terminal.close();
Deno.exit(code);
