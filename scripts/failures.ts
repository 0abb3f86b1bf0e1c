/**
 * Lets everything fail once that can fail, and stops processes at all named moments.
 *
 * - Each system call of a kind, of a short run of daemon, recorder and simulator, one after the
 *   other, by strace (`scripts/failures/call_failure.ts` has the kinds).
 * - Each moment between two steps (`lib/stopping_point.ts` has them), each time that it comes: the
 *   process is killed there, and stands still there.
 *
 * Always the process goes on, or ends with one line that says why; its files open or are repaired,
 * and have every event that was counted as stored; its account is closed.
 *
 * `deno task failures [--part all|calls|stops] [--only REGEX] [--step N] [--sample N] [--seed N]
 * [--times N] [--at-once N] [--json]`
 *
 * A test that failed leaves its folder. `--only 'record pwrite EIO 7$'` repeats one.
 *
 * @module
 */

import { flag, optional, withDefault } from "../cli/options/option.ts";
import { choice, integer, text } from "../cli/options/value.ts";
import { Terminal } from "../cli/terminal/terminal.ts";
import { formatDuration } from "../lib/text/duration.ts";
import { toJson } from "../lib/text/json.ts";
import { CALL_KINDS, nameOf } from "./failures/call_failure.ts";
import { allSeries, type CallResult, Calls, type Series } from "./failures/calls.ts";
import { sampleFailures } from "./failures/sample.ts";
import { allStops, runStops } from "./failures/stops.ts";
import { taskOptions } from "./task_options.ts";

const MAX_U32 = 2 ** 32 - 1;

const terminal = new Terminal();

/** How often each ending came, and what was not as it must be. */
class Tally {
  readonly counts: Record<string, number> = {};
  readonly defects: { name: string; defect: string }[] = [];

  note(ending: string, name: string, defect?: string): void {
    this.counts[ending] = (this.counts[ending] ?? 0) + 1;
    if (defect === undefined) return;
    this.defects.push({ name, defect });
    terminal.print(`DEFECT ${name}\n  ${defect.replaceAll("\n", "\n  ")}`);
  }
}

function noteCall(tally: Tally, { name, ending, defect }: CallResult): void {
  if (defect !== undefined) tally.note("defect", name, defect);
  else if (ending !== undefined) tally.note(ending, name);
}

const options = {
  part: withDefault(choice("all", "calls", "stops"), "all", { help: "what fails" }),
  only: optional(text, { placeholder: "REGEX", help: "only failures whose name matches" }),
  step: withDefault(integer(1, 1000), "1", { help: "only every so many of the calls" }),
  sample: optional(integer(1, 100_000), { help: "so many calls at random, and not all" }),
  seed: withDefault(integer(0, MAX_U32), "1", { help: "seed of the sample" }),
  times: withDefault(integer(1, 1000), "3", { help: "how often a process stops at each moment" }),
  atOnce: withDefault(integer(1, 64), "4", { help: "how many processes at once" }),
  json: flag({ help: "print the summary as JSON" }),
};

type Values = ReturnType<typeof taskOptions<typeof options>>["values"];

async function failCalls(tally: Tally, { only, step, sample, seed, atOnce }: Values) {
  const wanted = new RegExp(only ?? "");
  await using calls = await Calls.start();
  if (sample !== undefined) {
    const todo = sampleFailures(sample, seed).filter((failure) => wanted.test(nameOf(failure)))
      .values();
    await atOnceEach(atOnce, todo, async (failure) => noteCall(tally, await calls.fail(failure)));
    return;
  }
  // With a number at its end, the filter names one call; else it names series.
  const [, series = only ?? "", nth] = /^(.*?) (\d+)\$?$/.exec(only ?? "") ?? [];
  const isWanted = ({ program, kind, error }: Series) =>
    new RegExp(series).test(`${program} ${kind.name} ${error}`);
  const todo = allSeries(CALL_KINDS).filter(isWanted).values();
  await atOnceEach(atOnce, todo, async (each) => {
    if (nth !== undefined) return noteCall(tally, await calls.fail({ ...each, nth: Number(nth) }));
    const counts: Record<string, number> = {};
    for await (const result of calls.series(each, step)) {
      noteCall(tally, result);
      const ending = result.ending ?? "defect";
      counts[ending] = (counts[ending] ?? 0) + 1;
    }
    terminal.print(`${each.program} ${each.kind.name} ${each.error}: ${countsText(counts)}`);
  });
}

async function stopAll(tally: Tally, { only = "", times, atOnce }: Values) {
  const wanted = new RegExp(only);
  const tests = Array.from({ length: times }, (_, index) => index + 1)
    .flatMap((nth) => [...allStops("kill", nth), ...allStops("stop", nth)])
    .filter(({ program, how, point, nth }) => wanted.test(`${program} ${how} ${point} ${nth}`));
  await runStops(tests, atOnce, ({ program, how, point, nth, reached, failure }) => {
    const name = `${program} ${how} ${point} ${nth}`;
    const isDefect = failure !== undefined || !reached && nth === 1;
    const ending = isDefect ? "defect" : reached ? `${how}ed`.replace("pp", "p") : "not reached";
    tally.note(ending, name, isDefect ? failure ?? "the moment never came" : undefined);
  });
}

async function atOnceEach<Item>(
  count: number,
  items: IterableIterator<Item>,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, async () => {
    for (const item of items) await action(item);
  }));
}

function countsText(counts: Record<string, number>): string {
  const told = Object.entries(counts).map(([ending, count]) => `${count} ${ending}`);
  return told.join(", ") || "no such call";
}

async function main(): Promise<number> {
  const { values } = taskOptions({
    name: "failures",
    summary:
      "Lets each system call of a short run fail once, by strace, and stops processes at all named moments.\n" +
      "In full it takes an hour or more. A test that failed leaves its folder.",
    options,
    printsJson: true,
    examples: [["--sample 20", "20 calls at random"], [
      "--only 'record pwrite EIO 7$'",
      "repeats one failure",
    ], ["--part stops", "only the named moments"]],
  });
  const startMs = performance.now();
  const [calls, stops] = [new Tally(), new Tally()];
  if (values.part !== "stops") await failCalls(calls, values);
  if (values.part !== "calls") await stopAll(stops, values);
  const elapsedMs = Math.round(performance.now() - startMs);
  const defects = [...calls.defects, ...stops.defects];
  terminal.print(
    values.json
      ? toJson({ elapsedMs, calls: calls.counts, stops: stops.counts, defects }, 2)
      : `calls: ${countsText(calls.counts)}\nmoments: ${countsText(stops.counts)}\n` +
        `in ${formatDuration(elapsedMs)}; defects: ${defects.length}`,
  );
  for (const { name } of values.json ? [] : defects) terminal.print(`  ${name}`);
  return defects.length === 0 ? 0 : 1;
}

let code = 1;
try {
  code = await main();
} catch (error) {
  terminal.error(error);
}
await terminal.close();
Deno.exit(code);
