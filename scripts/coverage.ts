/**
 * Runs the tests, and tells which lines and branches of `lib`, `cli` and `sim` they have run. It fails
 * if they have taken under 95 % of the branches of `lib`, or have missed a branch of `lib` that
 * `tests/coverage/uncovered.json` does not give a reason for. Processes that tests start count too, but
 * a killed process gives no data.
 *
 * `deno task coverage [--json] [--own] [--write] [--reason TEXT] [--data FOLDER] [FILE...]`
 *
 * With `--write` it writes that list again: reasons stay, and new branches get none, or that of
 * `--reason`. With FILES it runs only these tests, and checks nothing.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { flag, optional } from "../cli/options/option.ts";
import { text } from "../cli/options/value.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import configuration from "../deno.json" with { type: "json" };
import { messageOf, OperationError } from "../lib/errors.ts";
import { toJson } from "../lib/text/json.ts";
import { type FileCoverage, readCoverage } from "./coverage/coverage_of_files.ts";
import {
  newMisses,
  readKnownMisses,
  updatedMisses,
  writeKnownMisses,
} from "./coverage/known_misses.ts";
import { removeIncomplete } from "./coverage/remove_incomplete.ts";
import { taskOptions } from "./task_options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const KNOWN = "tests/coverage/uncovered.json";
const MAX_FILES = 1000;

/** Part of the branches of `lib` that tests must take. */
const MIN_BRANCHES = 0.95;

/** Branches that no run of the list has missed may be missed in one run: some depend on timing. */
const MAX_UNLISTED_PART = 0.005;

const OPTIONS = {
  write: flag({ help: `write ${KNOWN} again` }),
  reason: optional(text, { help: "with --write: the reason for branches that are new in it" }),
  own: flag({ help: "do not count processes that tests start: this is faster" }),
  data: optional(text, { help: "read this folder of coverage data, and run no tests" }),
};

const terminal = new Terminal();

/** What the tests have run of some files. */
interface Sums {
  files: number;
  lines: number;
  hitLines: number;
  branches: number;
  hitBranches: number;
}

/**
 * The command lines of all tests, or of some files, that collect coverage data in a folder. The tests
 * that run alone promise times, so they collect none: collecting takes time.
 */
function testCommands(files: readonly string[], folder: string, own: boolean): string[] {
  const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  const command = files.length === 0
    ? configuration.tasks.test.command
    : `deno test --allow-all --no-check ${files.map(quote).join(" ")}`;
  const preload = own ? "--preload=scripts/coverage/not_in_children.ts " : "";
  const collected = `deno test ${preload}--coverage=${quote(folder)} --coverage-raw-data-only `;
  return command.replace(/^deno test /, collected).split(" && ");
}

/** Runs the tests, and collects their coverage data in a folder. */
async function runTests(
  files: readonly string[],
  folder: string,
  { json, own }: { json: boolean; own: boolean },
): Promise<boolean> {
  let ok = true;
  for (const command of testCommands(files, folder, own)) {
    const { success } = await new Deno.Command("sh", {
      // The only data on stdout are the figures then.
      args: ["-c", json ? `{ ${command}; } >&2` : command],
      cwd: ROOT,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    ok &&= success;
  }
  return ok;
}

/** The collected data in lcov's format. */
async function lcovOf(folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", `--include=^file://${ROOT}(lib|cli|sim)/`, folder],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new OperationError(`deno coverage: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

function sumOf(files: readonly FileCoverage[]): Sums {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    files: files.length,
    lines: sum(files.map(({ lines }) => lines)),
    hitLines: sum(files.map(({ hitLines }) => hitLines)),
    branches: sum(files.map(({ branches }) => branches)),
    hitBranches: sum(files.map(({ hitBranches }) => hitBranches)),
  };
}

function percent(hit: number, all: number): string {
  return `${(all === 0 ? 100 : 100 * hit / all).toFixed(1).padStart(5)} %`;
}

/** A row for each file with lines that no test has run, and the sums. */
function tableOf(files: readonly FileCoverage[]): string {
  const rows = files.filter(({ ranges }) => ranges.length > 0).map((
    { file, lines, hitLines, ranges },
  ) => `${percent(hitLines, lines)}  ${file}: ${ranges.join(", ")}`);
  const sums = roomsOf(files).map(({ room, lines, hitLines, branches, hitBranches }) =>
    `${percent(hitLines, lines)} of ${lines} lines, ${percent(hitBranches, branches)} of ` +
    `${branches} branches: ${room}`
  );
  return [...rows, "", ...sums].join("\n");
}

/** The sums of `lib`, `cli` and `sim`. */
function roomsOf(files: readonly FileCoverage[]): (Sums & { room: string })[] {
  return ["lib", "cli", "sim"].map((room) => (
    { room, ...sumOf(files.filter(({ file }) => file.startsWith(`${room}/`))) }
  ));
}

/** Compares with the list, or writes it; false if something is wrong. */
function check(lib: readonly FileCoverage[], write: boolean, reason: string): boolean {
  const path = ROOT + KNOWN;
  const textOf = (file: string) => Deno.readTextFileSync(ROOT + file);
  const known = readKnownMisses(path);
  if (write) writeKnownMisses(path, updatedMisses(lib, known, textOf, reason));
  const missed = newMisses(lib, write ? readKnownMisses(path) : known, textOf);
  for (const { file, lineNumber, line } of missed) {
    terminal.error(`${file}:${lineNumber}: no test takes a branch of: ${line}`);
  }
  const areFew = missed.length <= MAX_UNLISTED_PART * sumOf(lib).branches;
  if (missed.length > 0) {
    terminal.error(
      `${missed.length} lines of lib have branches that no test takes. Write a test for each, or ` +
        `give the reason in ${KNOWN}; deno task coverage --write adds them there`,
    );
  }
  const { branches, hitBranches } = sumOf(lib);
  const isEnough = hitBranches >= MIN_BRANCHES * branches;
  if (!isEnough) {
    terminal.error(
      `the tests take ${percent(hitBranches, branches)} of the branches of lib; ` +
        `they must take ${100 * MIN_BRANCHES} %`,
    );
  }
  return isEnough && areFew;
}

async function main(): Promise<number> {
  const { values, operands } = taskOptions({
    name: "coverage",
    summary:
      "Runs the tests, and tells which lines and branches they have run. Fails if the tests take under\n" +
      "95 % of the branches of lib, or miss one without a reason. With FILES it runs only these tests.",
    options: OPTIONS,
    maxOperands: MAX_FILES,
    printsJson: true,
    examples: [["--own", "all tests, without the processes that they start"], [
      "--own tests/lib/builder",
      "only the tests of the builder; checks nothing",
    ], ["--write", "writes tests/coverage/uncovered.json again"]],
  });
  const { json, own, write, reason = "", data } = values;
  const folder = data ?? await Deno.makeTempDir({ prefix: "ssdaq-coverage-" });
  try {
    const success = data !== undefined || await runTests(operands, folder, { json, own });
    removeIncomplete(folder);
    const files = readCoverage(await lcovOf(folder), ROOT);
    terminal.print(
      json
        ? toJson({ rooms: roomsOf(files), known: readKnownMisses(ROOT + KNOWN) }, 2)
        : tableOf(files),
    );
    if (!success) terminal.error("tests failed: the lines after the failures count as not run");
    const lib = files.filter(({ file }) => file.startsWith("lib/"));
    const isFine = operands.length > 0 || !success || check(lib, write, reason);
    return success && isFine ? 0 : 1;
  } finally {
    if (data === undefined) await Deno.remove(folder, { recursive: true });
  }
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(messageOf(error));
}
await terminal.close();
Deno.exit(code);
