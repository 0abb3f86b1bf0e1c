/**
 * A good camera, and all attacks at once beside it. It fails if one event of the good camera is
 * lost, if a process ends or takes more memory than it told at its start, or if the camera cannot
 * be watched.
 *
 * `deno task siege [--duration 1m] [--executable FILE] [--descriptors N] [--only NAME] [--seed N]`
 *
 * @module
 */

import { list, optional, withDefault } from "../cli/options/option.ts";
import { choice, duration, integer, text } from "../cli/options/value.ts";
import { selfCommand } from "../cli/process/self.ts";
import { count, table } from "../cli/terminal/format.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { formatByteSize } from "../lib/text/byte_size.ts";
import { formatDuration } from "../lib/text/duration.ts";
import { sleep } from "../lib/time/sleep.ts";
import { type AttackEnd, Attackers } from "./siege/attackers.ts";
import { GoodCamera, RATE, type Result, type Seen, type Watched } from "./siege/good_camera.ts";
import { problemsOf } from "./siege/problems.ts";
import { proven } from "./soak/scenario.ts";
import { taskOptions } from "./task_options.ts";

/** How long the camera is alone before and after the attacks, ms. */
const CALM_MS = 3000;

/** How often the progress is told, ms. */
const TELL_MS = 60_000;

const terminal = new Terminal();

/** Starts every process with only so many descriptors. */
function limitDescriptors(folder: string, descriptors: number, executable?: string): void {
  const { executable: program, args } = executable === undefined
    ? selfCommand([])
    : { executable: Deno.realPathSync(executable), args: [] };
  const quoted = [program, ...args].map((word) => `'${word}'`).join(" ");
  const wrapper = `${folder}/ssdaq`;
  const lines = ["#!/bin/sh", `exec prlimit --nofile=${descriptors}:${descriptors} ${quoted} "$@"`];
  Deno.writeTextFileSync(wrapper, lines.join("\n") + "\n", { mode: 0o755 });
  Deno.env.set("SSDAQ_EXECUTABLE", wrapper);
}

async function main(): Promise<number> {
  const options = {
    duration: withDefault(duration, "1m", { help: "how long the attacks last" }),
    executable: optional(text, {
      placeholder: "FILE",
      help: "attack this executable [the source]",
    }),
    descriptors: withDefault(integer(128, 2 ** 20), "1024", {
      help: "how many descriptors each process may have",
    }),
    only: list(choice(...Attackers.names), { help: "only this attack; several are possible" }),
    seed: optional(integer(0, 2 ** 32 - 1), { help: "seed of everything random [from the time]" }),
  };
  const { values } = taskOptions({
    name: "siege",
    summary:
      "Runs a good camera, and all attacks at once beside it. Fails if an event of the camera is lost, or\n" +
      "if a process ends or takes more memory than it told at its start.",
    options,
    printsJson: true,
    examples: [["--duration 10s", "all attacks, for ten seconds"], [
      "--only 'wrong tokens'",
      "one attack, for a minute",
    ], ["--duration 1h --executable dist/ssdaq", "attacks the executable"]],
  });
  const seed = values.seed ?? Date.now() % 2 ** 32;
  const folder = await Deno.makeTempDir({ prefix: "ssdaq-siege-" });
  limitDescriptors(folder, values.descriptors, values.executable);
  const names = values.only.length === 0 ? Attackers.names : values.only;
  terminal.info(
    `siege for ${formatDuration(values.duration)} with ${names.length} attacks, seed ${seed}`,
  );

  await using camera = await GoodCamera.start(folder);
  await camera.send(values.duration + 2 * CALM_MS, seed);
  await sleep(CALM_MS);
  const seconds = values.duration / 1000;
  await using attackers = new Attackers(names, camera.targets, seed, seconds + 60);
  for (let leftMs = values.duration; leftMs > 0; leftMs -= TELL_MS) {
    await sleep(Math.min(leftMs, TELL_MS));
    const { heard, gaps, asked, answered, frames } = camera.seen;
    terminal.info(
      `${count(heard)} events heard, ${gaps} gaps; ${answered} of ${asked} requests answered; ` +
        `${count(frames)} frames; ` + camera.watched.map(({ name, peakBytes, peakDescriptors }) =>
          `${name} ${formatByteSize(peakBytes)}, ${peakDescriptors} descriptors`
        ).join("; "),
    );
  }
  const attacks = await attackers.end();
  await camera.sent();
  const result = await camera.stop();
  const isExplained = await proven(
    { print: (text: string) => terminal.info(text) },
    "the account of the good camera",
    // Without the counters, among which are the strangers' packets: nothing may be missing.
    { manifests: [result.manifest], statuses: [], files: result.files },
  );
  const problems = problemsOf(result, camera.seen, camera.watched, attacks, values.duration);
  if (!isExplained) problems.push("the account does not close");

  const data = {
    seed,
    durationMs: values.duration,
    events: result.daemon.events,
    recorder: result.recorder.recorder,
    packets: result.daemon.packets,
    seen: camera.seen,
    processes: camera.watched.map(({ process: _, ...rest }) => rest),
    attacks,
    problems,
  };
  terminal.print(values.json ? JSON.stringify(data, undefined, 2) : textOf(data));
  problems.forEach((problem) => terminal.error(problem));
  if (problems.length === 0) await Deno.remove(folder, { recursive: true });
  else terminal.error(`files and manifest are in ${folder}`);
  return problems.length === 0 ? 0 : 1;
}

function textOf(
  { events, seen, processes, attacks }: {
    events: Result["daemon"]["events"];
    seen: Seen;
    processes: Omit<Watched, "process">[];
    attacks: AttackEnd[];
  },
): string {
  return [
    table([
      ["attack", "what it did"],
      ...attacks.map(({ name, tally }) => [
        name,
        Object.entries(tally).map(([what, times]) => `${what} ${count(times)}`).join(", "),
      ]),
    ]),
    "",
    table([
      ["process", "told", "took at most", "descriptors"],
      ...processes.map(({ name, budgetBytes, peakBytes, peakDescriptors }) => [
        ...[name, formatByteSize(budgetBytes), formatByteSize(peakBytes), `${peakDescriptors}`],
      ]),
    ]),
    "",
    `${count(events.complete)} events complete at ${RATE}/s, ${count(seen.heard)} heard live; ` +
    `${seen.answered} of ${seen.asked} requests answered; longest time without a frame ` +
    `${Math.round(seen.longestSilenceMs)} ms`,
  ].join("\n");
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(error);
}
await terminal.close();
Deno.exit(code);
