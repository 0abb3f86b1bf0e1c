/**
 * Runs the tests, and prints the lines of `lib`, `cli` and `sim` that no test has run. Processes that
 * tests start count too, but a killed process gives no data.
 *
 * `deno task coverage [FILE...]`
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseOptions } from "../cli/config/parse_options.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import configuration from "../deno.json" with { type: "json" };
import { messageOf, OperationError } from "../lib/errors.ts";
import { removeIncomplete } from "./coverage/remove_incomplete.ts";
import { readUncovered, type Uncovered } from "./coverage/uncovered.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_FILES = 1000;

const terminal = new Terminal();

/** The command line of all tests, or of some files. */
function testCommand(files: readonly string[]): string {
  if (files.length === 0) return configuration.tasks.test.command;
  const quoted = files.map((file) => `'${file.replaceAll("'", `'\\''`)}'`);
  return `deno test --allow-all --no-check ${quoted.join(" ")}`;
}

/** Runs the tests, and collects their coverage data in a folder. */
async function runTests(files: readonly string[], folder: string): Promise<boolean> {
  let ok = true;
  for (const command of testCommand(files).split(" && ")) {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", command],
      cwd: ROOT,
      env: { DENO_COVERAGE_DIR: folder },
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

/** A row for each file with lines that no test has run, and the sum. */
function tableOf(files: readonly Uncovered[]): string {
  const rows = files.filter(({ ranges }) => ranges.length > 0).map(({ file, lines, hit, ranges }) =>
    `${(100 * hit / lines).toFixed(1).padStart(5)} %  ${file}: ${ranges.join(", ")}`
  );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const lines = sum(files.map((file) => file.lines));
  const hit = sum(files.map((file) => file.hit));
  const part = (100 * hit / lines).toFixed(1);
  return [...rows, `${part.padStart(5)} %  of ${lines} lines in ${files.length} files`].join("\n");
}

async function main(): Promise<number> {
  const { operands } = parseOptions("coverage", {}, MAX_FILES, Deno.args);
  const folder = await Deno.makeTempDir({ prefix: "ssdaq-coverage-" });
  try {
    const success = await runTests(operands, folder);
    removeIncomplete(folder);
    terminal.print(tableOf(readUncovered(await lcovOf(folder), ROOT)));
    if (!success) terminal.error("tests failed: the lines after the failures count as not run");
    return success ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
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
