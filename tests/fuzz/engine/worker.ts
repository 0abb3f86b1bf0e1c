/**
 * The process that searches. It runs in an instrumented copy of the project. It tells its progress in
 * lines of JSON, and ends after its time, or at SIGINT.
 *
 * @module
 */

import { ensureDirSync } from "../../../scripts/fs.ts";
import { Dice } from "../dice.ts";
import { nameOf, readCorpus, writeCorpus } from "./corpus.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import type { Job, Told } from "./job.ts";
import { Search } from "./search.ts";

const TELL_MS = 500;

const job = JSON.parse(Deno.readTextFileSync(Deno.args[0] ?? "")) as Job;
const { target } = await import(job.module) as { target: FuzzTarget };
const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stopped.abort());
}
setTimeout(() => stopped.abort(), job.durationMs);

using inputFile = Deno.openSync(job.inputFile, { create: true, write: true });
const length = new Uint32Array(1);
const lengthBytes = new Uint8Array(length.buffer);

await using open = await target.open();
const known = readCorpus(job.corpusFolder);
const startMs = performance.now();
let toldMs = startMs;
const search = new Search({
  target: open,
  dice: new Dice(job.seed),
  maxBytes: target.maxBytes,
  seeds: [...target.seeds(), ...known],
  words: [
    ...job.words.map((word) => Uint8Array.fromBase64(word)),
    ...(target.words ?? []).map((word) => new TextEncoder().encode(word)),
  ],
  onInput(input) {
    length[0] = input.length;
    inputFile.seekSync(0, Deno.SeekMode.Start);
    inputFile.writeSync(lengthBytes);
    inputFile.writeSync(input);
  },
  onFinding({ input, error }) {
    ensureDirSync(job.findingsFolder);
    const path = `${job.findingsFolder}/${nameOf(input)}`;
    Deno.writeFileSync(path, input);
    tell({ kind: "finding", path, error });
  },
  onTurn() {
    if (performance.now() - toldMs < TELL_MS) return;
    toldMs = performance.now();
    tellProgress("progress");
  },
});

await search.run(stopped.signal);
const searchedMs = performance.now() - startMs;
const { runs } = search;
writeCorpus(job.newCorpusFolder, await search.smallest());
tell({ kind: "end", runs, inputs: search.corpus.length, searchedMs, ...search.reached });
Deno.exit(0);

function tellProgress(kind: "progress"): void {
  tell({
    kind,
    runs: search.runs,
    inputs: search.corpus.length,
    searchedMs: performance.now() - startMs,
    ...search.reached,
  });
}

function tell(told: Told): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(told)}\n`));
}
