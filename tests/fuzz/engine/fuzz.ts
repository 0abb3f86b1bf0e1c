import { ensureDirSync } from "../../../scripts/fs.ts";
import { nameOf } from "./corpus.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { makeInstrumentedTree } from "./instrumented_tree.ts";
import type { Job, Progress, Told } from "./job.ts";

const SILENT_MS = 20_000;

/** A process may use this much memory: some times what any target needs. */
const MAX_RESIDENT_BYTES = 1.5e9;

const WATCH_MS = 500;

/** The unit of processor times in /proc. */
const MS_PER_TICK = 10;

/** Options of {@linkcode fuzz}. */
export interface FuzzOptions {
  /** Root of the project, with a slash at its end. */
  root: string;
  target: FuzzTarget;
  /** The target's module, relative to the root; it exports `target`. */
  module: string;
  durationMs: number;
  /** u32. */
  seed: number;
  corpusFolder: string;
  newCorpusFolder: string;
  findingsFolder: string;
  /** Ends the search early. */
  signal: AbortSignal;
  /**
   * A process that works for so long, about, and tells nothing, hangs in its input.
   * @default 20 000
   */
  silentMs?: number;
  onProgress(progress: Progress): void;
  onFinding(path: string, error: string): void;
}

/** The result of a search. */
export interface FuzzResult extends Progress {
  findings: number;
}

/** Searches with one target, in a process of its own: an input may hang it, or kill it. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { root, target, module, signal, onProgress, onFinding } = options;
  const { durationMs, seed, corpusFolder, newCorpusFolder, findingsFolder } = options;
  const { silentMs = SILENT_MS } = options;
  const folder = Deno.makeTempDirSync({ prefix: "ssdaq-fuzz-" });
  try {
    const words = makeInstrumentedTree(root, `${folder}/tree`, target.sources);
    const inputFile = `${folder}/input`;
    const job: Job = {
      module: new URL(`file://${folder}/tree/${module}`).href,
      ...{ durationMs, seed, corpusFolder, newCorpusFolder, findingsFolder, inputFile },
      words: words.map((word) => word.toBase64()),
    };
    Deno.writeTextFileSync(`${folder}/job.json`, JSON.stringify(job));
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--allow-all", "--no-check", "--quiet"],
        ...[`--config=${folder}/tree/deno.json`, `${folder}/tree/tests/fuzz/engine/worker.ts`],
        `${folder}/job.json`,
      ],
      cwd: `${folder}/tree`,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let last: Progress = {
      ...{ runs: 0, inputs: 0, branches: 0, reachedBranches: 0, searchedMs: 0 },
    };
    let findings = 0;
    let hasEnded = false;
    let heardMs = performance.now();
    let heardCpuMs = 0;
    let why = "";
    const end = (reason: string) => {
      why = reason;
      child.kill("SIGKILL");
    };
    const stop = () => child.kill("SIGINT");
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
    const watch = setInterval(() => {
      const silent = performance.now() - heardMs;
      // On a busy machine the process may not have had its turn.
      const worked = cpuMs(child.pid) - heardCpuMs;
      if (silent > silentMs && worked > silentMs / 2 || silent > 10 * silentMs) {
        end(`it did not end within ${silentMs} ms`);
      } else if (residentBytes(child.pid) > MAX_RESIDENT_BYTES) {
        end(`it used over ${MAX_RESIDENT_BYTES} bytes of memory`);
      }
    }, WATCH_MS);
    const errors = new Response(child.stderr).text();
    for await (const line of linesOf(child.stdout)) {
      heardMs = performance.now();
      heardCpuMs = cpuMs(child.pid);
      const told = JSON.parse(line) as Told;
      if (told.kind === "finding") {
        findings++;
        onFinding(told.path, told.error);
      } else {
        const { kind, ...progress } = told;
        hasEnded = kind === "end";
        last = progress;
        onProgress(progress);
      }
    }
    clearInterval(watch);
    await child.status;
    signal.removeEventListener("abort", stop);
    const printed = await errors;
    if (!hasEnded) {
      findings++;
      const input = inputIn(inputFile);
      if (input === undefined) throw new Error(`the target could not be opened: ${printed}`);
      ensureDirSync(findingsFolder);
      const path = `${findingsFolder}/${nameOf(input)}`;
      Deno.writeFileSync(path, input);
      onFinding(path, why || `the process died: ${printed.trim()}`);
    }
    return { ...last, findings };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** The input that the process had last; undefined if it had none. */
function inputIn(path: string): Uint8Array | undefined {
  try {
    const bytes = Deno.readFileSync(path);
    if (bytes.length < 4) return undefined;
    const length = new DataView(bytes.buffer).getUint32(0, true);
    return bytes.subarray(4, 4 + length);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Processor time of a process, ms; Infinity on systems without /proc. */
function cpuMs(pid: number): number {
  try {
    const [, rest = ""] = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ");
    const [user = 0, system = 0] = rest.split(" ").slice(11, 13).map(Number);
    return (user + system) * MS_PER_TICK;
  } catch {
    return Infinity;
  }
}

/** Memory of a process; 0 when it has ended, and on systems without /proc. */
function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    return 1024 * Number(kilobytes?.[1] ?? 0);
  } catch {
    return 0;
  }
}
