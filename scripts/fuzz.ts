/**
 * Searches for inputs that break what is promised for any bytes from strangers. The search is guided
 * by coverage: inputs that run something new are changed further.
 *
 * `deno task fuzz [--target NAME] [--minutes 10] [--seed N] [--json] [--save]`
 * `deno task fuzz --target NAME --replay FILE`
 *
 * For each defect it writes the shortest input found to `fuzz-findings`, and prints the command that
 * repeats it. Ctrl-C ends it early. It ends with a summary, and with exit code 1 after a defect.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { flag, optional, withDefault } from "../cli/options/option.ts";
import { choice, integer, positive, text } from "../cli/options/value.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { ConfigurationError, messageOf } from "../lib/errors.ts";
import { itemAt } from "../lib/item_at.ts";
import { toJson } from "../lib/text/json.ts";
import { readCorpus, writeCorpus } from "../tests/fuzz/engine/corpus.ts";
import { fuzz } from "../tests/fuzz/engine/fuzz.ts";
import type { FuzzTarget } from "../tests/fuzz/engine/fuzz_target.ts";
import type { Progress } from "../tests/fuzz/engine/job.ts";
import { CORPUS, moduleOf, TARGETS } from "../tests/fuzz/targets.ts";
import { taskOptions } from "./task_options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FINDINGS = "fuzz-findings";

const terminal = new Terminal();

/** The result of one target. */
interface Summary {
  target: string;
  seed: number;
  minutes: number;
  runs: number;
  runsPerSecond: number;
  /** Inputs that ran something new. */
  inputs: number;
  /** The smallest corpus that runs the same. */
  corpusFiles: number;
  corpusBytes: number;
  branches: number;
  reachedBranches: number;
  findings: number;
}

const OPTIONS = {
  target: optional(choice(...TARGETS.map(({ name }) => name)), {
    help: "search only with this target",
  }),
  minutes: withDefault(positive, "10", { help: "for how long, over all targets" }),
  seed: optional(integer(0, 2 ** 32 - 1), { help: "seed of the changes; by default a new one" }),
  replay: optional(text, { help: "give one input to the target, and print what it does" }),
  save: flag({ help: "write what was found to the corpus in the repository" }),
};

/** Gives one input to a target, as the tests do. */
async function replay(target: FuzzTarget, path: string): Promise<number> {
  await using open = await target.open();
  try {
    await open.run(Deno.readFileSync(path));
  } catch (error) {
    terminal.error(error instanceof Error ? error.stack ?? error.message : messageOf(error));
    return 1;
  }
  terminal.print(`${target.name}: all promises are kept for ${path}`);
  return 0;
}

function progressText({ name }: FuzzTarget, progress: Progress): string {
  const { runs, searchedMs, inputs, branches, reachedBranches } = progress;
  return `${name}: ${runs} inputs, ${perSecond(progress)}/s, ${Math.round(searchedMs / 1000)} s; ` +
    `${inputs} ran something new; ${reachedBranches} of ${branches} branches`;
}

function perSecond({ runs, searchedMs }: Progress): number {
  return Math.round(runs / Math.max(searchedMs, 1) * 1000);
}

async function search(
  target: FuzzTarget,
  seed: number,
  durationMs: number,
  signal: AbortSignal,
  save: boolean,
): Promise<Summary> {
  const { name } = target;
  const newCorpusFolder = Deno.makeTempDirSync({ prefix: "ssdaq-fuzz-corpus-" });
  const corpusFolder = `${ROOT}${CORPUS}/${name}`;
  try {
    const result = await fuzz({
      ...{ root: ROOT, target, module: moduleOf(target), durationMs, seed, signal },
      ...{ corpusFolder, newCorpusFolder, findingsFolder: `${ROOT}${FINDINGS}/${name}` },
      onProgress: (progress) => terminal.status(progressText(target, progress)),
      onFinding(path, error) {
        const file = path.slice(ROOT.length);
        terminal.error(
          `${name}: ${error}\nrepeat: deno task fuzz --target ${name} --replay ${file}\n`,
        );
      },
    });
    const corpus = readCorpus(newCorpusFolder);
    if (save && corpus.length > 0) writeCorpus(corpusFolder, corpus);
    const { runs, searchedMs, inputs, branches, reachedBranches, findings } = result;
    if (!signal.aborted || runs > 0) terminal.info(progressText(target, result));
    return {
      ...{ target: name, seed, runs, runsPerSecond: perSecond(result), inputs },
      minutes: searchedMs / 60_000,
      corpusFiles: corpus.length,
      corpusBytes: corpus.reduce((sum, { length }) => sum + length, 0),
      ...{ branches, reachedBranches, findings },
    };
  } finally {
    Deno.removeSync(newCorpusFolder, { recursive: true });
  }
}

function rowOf(summary: Summary): string {
  const { target, runs, runsPerSecond, corpusFiles, corpusBytes, findings } = summary;
  const { branches, reachedBranches } = summary;
  return `${target.padEnd(8)} ${runs} inputs, ${runsPerSecond}/s; corpus: ${corpusFiles} files, ` +
    `${corpusBytes} bytes; ${reachedBranches} of ${branches} branches; defects: ${findings}`;
}

async function main(): Promise<number> {
  const { values } = taskOptions({
    name: "fuzz",
    summary:
      "Searches for inputs that break a promise, guided by coverage. Ctrl-C ends it early. It writes the\n" +
      "shortest input of each defect to fuzz-findings, and prints the command that repeats it.",
    options: OPTIONS,
    printsJson: true,
    examples: [["--target packets --minutes 1", "searches for a minute with one target"], [
      "--save",
      "adds what it has learned to tests/fuzz/corpus",
    ], ["--target packets --replay FILE", "repeats one input"]],
  });
  const { target, minutes, seed, replay: file, save, json } = values;
  const targets = TARGETS.filter(({ name }) => target === undefined || name === target);
  if (file !== undefined) {
    const [only, ...others] = targets;
    if (only !== undefined && others.length === 0) return await replay(only, file);
    throw new ConfigurationError("--replay: give the target of the file with --target");
  }
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopped.abort());
  }
  const durationMs = minutes * 60_000 / targets.length;
  const summaries: Summary[] = [];
  for (const each of targets) {
    if (stopped.signal.aborted) break;
    const own = seed ?? itemAt(crypto.getRandomValues(new Uint32Array(1)), 0);
    summaries.push(await search(each, own, durationMs, stopped.signal, save));
  }
  terminal.print(json ? toJson(summaries, 2) : summaries.map(rowOf).join("\n"));
  return summaries.every(({ findings }) => findings === 0) ? 0 : 1;
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(messageOf(error));
}
await terminal.close();
Deno.exit(code);
