/**
 * Makes the figures of `docs/testing.md`: runs each measurement in full, one after the other, and
 * keeps its result. It takes hours; `--only` makes one figure again.
 *
 * `deno task figures [--only NAME]`
 *
 * Ctrl-C ends it; results that are complete stay. Then `deno task docs` writes the page.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { list } from "../cli/options/option.ts";
import { choice } from "../cli/options/value.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { OperationError } from "../lib/errors.ts";
import { formatDuration } from "../lib/text/duration.ts";
import { type Figure, readFigures, writeFigures } from "./figures/figures.ts";
import { type Measurement, MEASUREMENTS } from "./figures/measurements.ts";
import { taskOptions } from "./task_options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const terminal = new Terminal();

/** The output of a command of the shell; it must succeed. */
async function outputOf(command: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new OperationError(`${command}: ${decoder.decode(stdout)}\n${decoder.decode(stderr)}`);
}

async function figureOf({ command, result }: Measurement): Promise<Figure> {
  const commit = (await outputOf("git rev-parse --short=8 HEAD")).trim();
  const startMs = performance.now();
  const told = result(await outputOf(command));
  const seconds = Math.round((performance.now() - startMs) / 1000);
  return { command, result: told, seconds, date: new Date().toISOString().slice(0, 10), commit };
}

async function main(): Promise<number> {
  const names = MEASUREMENTS.map(({ name }) => name);
  const options = {
    only: list(choice(...names), { help: "only this figure; several are possible" }),
  };
  const { values } = taskOptions({
    name: "figures",
    summary:
      "Makes the figures of docs/testing.md: all long tests in full, which takes hours. Ctrl-C ends it;\n" +
      "figures that are complete stay. Then run deno task docs.",
    options,
    examples: [["", "all figures"], ["--only siege", "one figure"]],
  });
  const chosen = MEASUREMENTS.filter(({ name }) =>
    values.only.length === 0 || values.only.includes(name)
  );
  let failed = 0;
  for (const measurement of chosen) {
    terminal.info(`${measurement.name}: ${measurement.command}`);
    try {
      const figure = await figureOf(measurement);
      writeFigures({ ...readFigures(), [measurement.name]: figure });
      terminal.info(`${figure.result}; ${formatDuration(figure.seconds * 1000)}`);
    } catch (error) {
      failed++;
      terminal.error(error);
    }
  }
  terminal.print(`${chosen.length - failed} of ${chosen.length} figures made; now: deno task docs`);
  return failed === 0 ? 0 : 1;
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(error);
}
await terminal.close();
Deno.exit(code);
