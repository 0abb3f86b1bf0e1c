import { count } from "../../cli/terminal/format.ts";
import { formatByteSize } from "../../lib/text/byte_size.ts";

/** A full run that has a figure on the page on testing. */
export interface Measurement {
  name: string;
  /** What it measures, for the page. */
  what: string;
  /** The command of the shell, from the project's folder. */
  command: string;
  /**
   * The figure in what the command printed to stdout.
   *
   * @throws {Error} if it is not there
   */
  result(stdout: string): string;
}

/** All of them, in the order of the page. */
export const MEASUREMENTS: readonly Measurement[] = [
  {
    name: "tests",
    what: "tests from source",
    command: "deno task test",
    result: testsIn,
  },
  {
    name: "binary",
    what: "tests of the executable",
    command: "deno task compile && deno task test-binary",
    result: testsIn,
  },
  {
    name: "siege",
    what: "all attacks at once beside a good camera",
    command: "deno task siege --duration 1h --executable dist/ssdaq --json",
    result(stdout) {
      const { events, processes, attacks, seen } = jsonIn(stdout) as SiegeReport;
      const memory = processes.map(({ name, peakBytes, budgetBytes }) =>
        `${name} ${formatByteSize(peakBytes)} of ${formatByteSize(budgetBytes)}`
      );
      return `${count(events.complete)} of ${count(events.built)} events complete and stored ` +
        `beside ${attacks.length} attacks; ${seen.answered} of ${seen.asked} requests answered; ` +
        memory.join(", ");
    },
  },
  {
    name: "soak",
    what: "all faults, kills and standstills",
    command: "deno task soak --duration 10m --kills 100 --seed 1",
    result(stdout) {
      const closed = stdout.match(/the account closes/g) ?? [];
      const made = [...stdout.matchAll(/^([\d ]+) readouts made/gm)]
        .map(([, readouts = "0"]) => Number(readouts.replaceAll(" ", "")));
      const sum = made.reduce((total, readouts) => total + readouts, 0);
      return `${count(sum)} readouts explained in ${closed.length} accounts`;
    },
  },
  {
    name: "explore",
    what: "properties with new seeds",
    command: "deno task explore --minutes 10",
    result: (stdout) => firstIn(stdout, /\d+ seeds in .*tests that failed: \d+/),
  },
];

interface SiegeReport {
  events: { built: number; complete: number };
  processes: { name: string; peakBytes: number; budgetBytes: number }[];
  attacks: unknown[];
  seen: { asked: number; answered: number };
}

/** The numbers of all test runs in an output. */
function testsIn(stdout: string): string {
  const ends = [...stdout.matchAll(/\| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/g)];
  if (ends.length === 0) throw new Error("the output does not tell how many tests passed");
  const sum = (group: number) => ends.reduce((total, end) => total + Number(end[group]), 0);
  return `${count(sum(1))} passed, ${sum(2)} failed`;
}

function firstIn(stdout: string, pattern: RegExp): string {
  const found = pattern.exec(stdout);
  if (found === null) throw new Error(`the output has nothing like ${pattern}`);
  return found[0];
}

/** The JSON in an output that may begin with lines of the task. */
function jsonIn(stdout: string): unknown {
  return JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
}
