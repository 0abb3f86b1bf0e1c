/**
 * Runs all random tests (properties and random inputs) again and again, with a new seed each time;
 * the gate uses one fixed seed. For each failure it prints the seed, the smallest case, and the
 * command that repeats it.
 *
 * `deno task explore [--minutes 10] [--rounds N] [FILE...]`
 *
 * Ctrl-C ends it early. It ends with a summary, and with exit code 1 when a test failed.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { optional, withDefault } from "../cli/options/option.ts";
import { integer } from "../cli/options/value.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { messageOf } from "../lib/errors.ts";
import { itemAt } from "../lib/item_at.ts";
import { type Failure, runTests } from "./explore/round.ts";
import { randomTestFiles } from "./explore/test_files.ts";
import { taskOptions } from "./task_options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_FILES = 1000;

const terminal = new Terminal();

/** How often a test failed, and its first seed. */
interface Failed extends Failure {
  times: number;
  seed: number;
}

function repeatCommand({ file, name, seed }: Failed): string {
  const quoted = `'${name.replaceAll("'", `'\\''`)}'`;
  return `SSDAQ_SEED=${seed} deno test --allow-all ${file} --filter ${quoted}`;
}

async function main(): Promise<number> {
  const options = {
    minutes: withDefault(integer(1, 100_000), "10", {
      help: "start no round after this number of minutes",
    }),
    rounds: optional(integer(1, 1_000_000), { help: "end after this number of rounds" }),
  };
  const { values, operands } = taskOptions({
    name: "explore",
    summary:
      "Runs the random tests again and again, with new seeds. Ctrl-C ends it early. After a failure it\n" +
      "prints the smallest case, and the command that repeats it.",
    options,
    maxOperands: MAX_FILES,
    examples: [["--minutes 1", "no new seed after a minute"], [
      "--rounds 5 tests/lib/builder/reset_test.ts",
      "five seeds for one file",
    ]],
  });
  const { minutes, rounds = Infinity } = values;
  const files = operands.length > 0 ? operands : randomTestFiles(ROOT);
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopped.abort());
  }
  const startMs = performance.now();
  const endMs = startMs + minutes * 60_000;
  const failed = new Map<string, Failed>();
  let done = 0;
  let tests = 0;
  while (done < rounds && performance.now() < endMs && !stopped.signal.aborted) {
    const seed = itemAt(crypto.getRandomValues(new Uint32Array(1)), 0);
    const beginMs = performance.now();
    const round = await runTests(ROOT, files, seed, stopped.signal);
    if (round === undefined) break;
    done++;
    tests = round.tests;
    const seconds = ((performance.now() - beginMs) / 1000).toFixed(1);
    terminal.print(
      `round ${done}: seed ${seed}, ${tests} tests, ${round.failures.length} failed, ${seconds} s`,
    );
    for (const failure of round.failures) {
      const key = `${failure.file}: ${failure.name}`;
      const before = failed.get(key);
      if (before !== undefined) {
        before.times++;
        continue;
      }
      const first = { ...failure, times: 1, seed };
      failed.set(key, first);
      terminal.print(`\n${key}\n${failure.error}\nrepeat: ${repeatCommand(first)}\n`);
    }
  }
  const elapsed = ((performance.now() - startMs) / 60_000).toFixed(1);
  terminal.print(
    `${done} seeds in ${elapsed} min, ${tests} tests in ${files.length} files with each; ` +
      `tests that failed: ${failed.size}`,
  );
  for (const first of failed.values()) {
    terminal.print(`  with ${first.times} of ${done} seeds: ${repeatCommand(first)}`);
  }
  return failed.size === 0 ? 0 : 1;
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(messageOf(error));
}
await terminal.close();
Deno.exit(code);
